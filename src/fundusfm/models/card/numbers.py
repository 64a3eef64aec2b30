"""Numbers and names that a card may hold, with their ranges."""

from typing import Annotated

from pydantic import Field

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]

Threshold = Annotated[float, Field(ge=0, le=1 + 1e-9, allow_inf_nan=False)]
"""A threshold that nothing reaches lies just above the highest score, which can be 1."""

Spread = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
Temperature = Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]
Bias = Annotated[float, Field(ge=-100, le=100, allow_inf_nan=False)]
Name = Annotated[str, Field(min_length=1, max_length=1000)]
