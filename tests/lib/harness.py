"""What a test program imports: `from harness import *` (see tap.py, server.py, charts.py)."""
from charts import (CHARTS, chart, chart_of_size, chart_yaml, multipart, real_charts, tar, tgz)
from server import (PROGRAM, Response, Server, clean_environment, command, free_port, must,
                    responses)
from tap import (CI, LONG, TOP, Skip, cleanup, contains, equal, main, need, table, temporary,
                 test)

__all__ = [name for name in dir() if not name.startswith("_")]
