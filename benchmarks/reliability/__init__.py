"""How far the package can be relied on: simulations, kills, hostile inputs. Each module is a command of its own."""
