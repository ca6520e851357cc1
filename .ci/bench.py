"""bench.py import|pages TIMES: medians of timed processes, and their ratios beside the goals; exit 1 when one is missed.
bench.py together TIMES COMMAND...: appends to TIMES the most memory that the command and what it starts hold at once."""
import glob
import statistics
import subprocess
import sys
import time

what, times = sys.argv[1:3]
runs = {}


def held(pid):
    """KiB of one process, its share of what it has in common with others; 0 when it has ended."""
    try:
        with open(f'/proc/{pid}/smaps_rollup') as f:
            return next(int(line.split()[1]) for line in f if line.startswith('Pss:'))
    except PermissionError:
        sys.exit('only root sees what a process that refuses core dumps holds')
    except (OSError, StopIteration):
        return 0


def children(pid):
    """The processes that one process has started."""
    found = []
    for path in glob.glob(f'/proc/{pid}/task/*/children'):
        try:
            found += open(path).read().split()
        except OSError:
            pass
    return found


if what == 'together':
    process, most = subprocess.Popen(sys.argv[3:], stdout=subprocess.DEVNULL), 0
    while process.poll() is None:
        most = max(most, sum(held(p) for p in [process.pid, *children(process.pid)]))
        time.sleep(0.01)
    with open(times, 'a') as out:
        print('together', 0, 0, 0, most, file=out)
    sys.exit(process.returncode)
for line in open(times):
    f = line.split()
    if len(f) == 5:
        runs.setdefault(f[0], []).append([float(x) for x in f[1:]])
missed = False


def median(name, column):
    return statistics.median(column(r) for r in runs[name])


def wall(r):
    return r[0]


def cpu(r):
    return r[1] + r[2]


def peak(r):
    return r[3] / 1024


def show(name):
    w, c = [wall(r) for r in runs[name]], [cpu(r) for r in runs[name]]
    print(f"{name:10} wall {statistics.median(w):6.2f} s ({min(w):.2f}-{max(w):.2f})  cpu {statistics.median(c):6.2f} s "
          f"({min(c):.2f}-{max(c):.2f})  peak {median(name, peak):5.0f} MiB  n={len(w)}")


def goal(text, value, most):
    global missed
    met = round(value, 2) <= round(most, 2)
    missed = missed or not met
    print(f"ratio   {text} {value:.2f} (goal at most {most:.2f}){'' if met else '   MISSED'}")


if what == 'import':
    show('duckdb')
    show('custos')
    duck, custos = median('duckdb', cpu), median('custos', cpu)
    apart = median('encryption', cpu) - median('start', cpu)
    print(f"custos     cpu {custos:.2f} s = {custos - apart:.2f} s and encryption {apart:.2f} s")
    goal('cpu custos/duckdb', custos / duck, 1.0)
    goal('cpu custos without encryption/duckdb', (custos - apart) / duck, 1 / 1.5)
    if 'together' not in runs:
        sys.exit('peak memory of both: not measured')
    print(f"custos     peak {median('together', peak):.0f} MiB together with the process that reads the file")
    goal('peak memory of both in 256 MiB', median('together', peak) / 256, 1.0)
else:
    for name in 'xlsxwriter', 'workbook', 'reportlab', 'paper':
        show(name)
    goal('cpu workbook/xlsxwriter', median('workbook', cpu) / median('xlsxwriter', cpu), 1 / 3.5)
    goal('workbook: peak memory in 128 MiB', median('workbook', peak) / 128, 1.0)
    goal('cpu paper/reportlab', median('paper', cpu) / median('reportlab', cpu), 1 / 3)
sys.exit(missed)
