"""A call that can be stored, compared, and sent to another process or machine."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from fundusfm.runs import plain


class Config(Protocol):
    """Options of a call: any frozen dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


ConfigT = TypeVar("ConfigT", bound=Config)


@dataclass(frozen=True)
class Call(Generic[ConfigT]):
    """A function and the configuration that it is to be called with.

    Attributes:
        function: A function at the top of a module, so that other processes can import it.
        config: The only argument of the function.
    """

    function: Callable[[ConfigT], object]
    config: ConfigT

    def __call__(self) -> None:
        """Calls the function."""
        self.function(self.config)

    def digest(self, *, without: str = "") -> str:
        """Returns a short hash of what is called; options at their defaults do not count.

        Args:
            without: Text left out of all options, such as the folder that everything is in, which may be moved.
        """
        given = {
            field.name: getattr(self.config, field.name)
            for field in fields(self.config)
            if field.default is MISSING or getattr(self.config, field.name) != field.default
        }
        name = f"{self.function.__module__}:{self.function.__qualname__}"
        content = json.dumps(plain({"function": name, "options": given}), sort_keys=True)
        if without:
            content = content.replace(without, "")
        return hashlib.sha256(content.encode()).hexdigest()[:16]
