"""The study: the matrix strategy × backbone × size × fraction × fold × method × task × seed, its tables and figures."""
