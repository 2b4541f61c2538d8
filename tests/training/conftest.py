import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # nets.py, for the tests and for the programs that they start
