"""What holds for all tests in Python: the programs under test see signals as a user's would, however the tests were started. (nohup
and a shell's background jobs ignore some, and children inherit that.)"""
import signal

signal.signal(signal.SIGINT, signal.default_int_handler)
for _number in (signal.SIGHUP, signal.SIGQUIT):
    signal.signal(_number, signal.SIG_DFL)
