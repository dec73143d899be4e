"""Template process of the node type python: it forks one child per task.

Arguments: path of the unix socket to listen on. Prints one line when it listens. One connection is one task: the
worker sends one frame with the request, the child answers with frames, and a connection that the worker closes kills
the child and whatever it has started. The end of stdin ends the template and all children.
Frame: one byte kind, four bytes length (big endian), payload. Kinds: Q request, O stdout, S stderr, R result,
E error, X the child has ended (sent by the template).
"""
import asyncio
import ctypes
import datetime
import decimal
import gc
import inspect
import json
import linecache
import os
import resource
import select
import shutil
import signal
import socket
import struct
import sys
import threading
import traceback
import uuid

HEADER = struct.Struct(">cI")
PR_SET_PDEATHSIG = 1
POLLRDHUP = 0x2000
BACKLOG = 1024
MAX_MESSAGE = 4096
MAX_TRACEBACK = 16384
DRAIN_SECONDS = 0.2
LIBC = ctypes.CDLL(None)
TEMPLATE_PID = os.getpid()


def kill_group(pid):
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass  # gone already


class Template:
    """The loop that accepts tasks, forks, reaps and kills. One thread."""

    def __init__(self, path):
        self.children = {}  # descriptor of the connection -> (connection, pid)
        self.by_pid = {}
        self.poll = select.poll()
        self.directory = os.path.dirname(path)
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(path)
        self.listener.listen(BACKLOG)
        self.listener.setblocking(False)
        self.wake, wake_end = os.pipe()
        for descriptor in (self.wake, wake_end):
            os.set_blocking(descriptor, False)
        self.wake_end = wake_end
        signal.set_wakeup_fd(wake_end, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(ignored, signal.SIG_IGN)  # the worker drains and then closes stdin
        for descriptor in (0, self.wake, self.listener.fileno()):
            self.poll.register(descriptor, select.POLLIN)

    def run(self):
        while True:
            ready = {descriptor for descriptor, _ in self.poll.poll()}
            if 0 in ready:
                return self.end()
            # In this order: reaping frees descriptor numbers and accepting takes them again.
            for descriptor in ready & self.children.keys():
                self.poll.unregister(descriptor)
                kill_group(self.children[descriptor][1])
            if self.wake in ready:
                self.reap()
            if self.listener.fileno() in ready:
                self.accept()

    def end(self):
        for pid in self.by_pid:
            kill_group(pid)
        shutil.rmtree(self.directory, ignore_errors=True)

    def accept(self):
        try:
            connection, _ = self.listener.accept()
        except (BlockingIOError, ConnectionError):
            return
        connection.setblocking(True)
        try:
            pid = os.fork()
        except OSError as problem:
            send(connection, b"X", {"fork": str(problem)})
            connection.close()
            return
        if pid == 0:
            self.become_child(connection)
        self.children[connection.fileno()] = (connection, pid)
        self.by_pid[pid] = connection.fileno()
        self.poll.register(connection.fileno(), POLLRDHUP)

    def reap(self):
        try:
            while os.read(self.wake, 4096):
                pass
        except BlockingIOError:
            pass  # drained
        while self.by_pid:
            # Look without reaping first: until it is reaped, nobody else can get the process group's number.
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if ended is None:
                return
            kill_group(ended.si_pid)
            _, status, usage = os.wait4(ended.si_pid, 0)
            descriptor = self.by_pid.pop(ended.si_pid, None)
            if descriptor is not None:
                self.finish(descriptor, status, usage)

    def finish(self, descriptor, status, usage):
        connection, _ = self.children.pop(descriptor)
        try:
            self.poll.unregister(descriptor)
        except KeyError:
            pass  # the worker had hung up
        connection.setblocking(False)
        send(connection, b"X", {"code": os.waitstatus_to_exitcode(status), "rss_kib": usage.ru_maxrss})
        connection.close()

    def become_child(self, connection):
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            for reset in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(reset, signal.SIG_DFL)
            os.setsid()
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != TEMPLATE_PID:
                return
            for sibling, _ in self.children.values():
                sibling.close()
            for descriptor in (self.wake, self.wake_end, self.listener.fileno()):
                os.close(descriptor)
            null = os.open(os.devnull, os.O_RDWR)
            os.dup2(null, 0)
            Child(connection).run()
            code = 0
        finally:
            os._exit(code)


def send(connection, kind, payload):
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode("utf-8", "replace")
    try:
        connection.sendall(HEADER.pack(kind, len(data)) + data)
    except OSError:
        pass  # the worker has hung up: nobody wants it any more


def receive(connection, length):
    data = bytearray()
    while len(data) < length:
        part = connection.recv(min(length - len(data), 1 << 20))
        if not part:
            raise EOFError("the worker hung up before the whole request was sent")
        data += part
    return bytes(data)


class StepError(Exception):
    """Wrong code or a wrong result, found by this program and not raised by the step's own code."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Child:
    """One task in a process of its own."""

    def __init__(self, connection):
        self.connection = connection
        self.lock = threading.Lock()
        self.pid = os.getpid()

    def run(self):
        _, length = HEADER.unpack(receive(self.connection, HEADER.size))
        request = json.loads(receive(self.connection, length))
        os.environ["KAFKAFLOW_EXECUTION_ID"] = request["execution_id"]
        os.environ["KAFKAFLOW_TASK_ID"] = request["task_id"]
        os.environ["KAFKAFLOW_ATTEMPT"] = str(request["attempt"])
        limits = request["limits"]
        drain = self.capture(limits["output_bytes"])
        try:
            for name, value in (("AS", limits["memory_bytes"]), ("NOFILE", limits["open_files"]), ("CORE", 0)):
                resource.setrlimit(getattr(resource, "RLIMIT_" + name), (value, value))
            # The soft limit's signal says what has happened; the hard one cannot be caught.
            resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu_seconds"], limits["cpu_seconds"] + 1))
            kind, payload = b"R", encode(execute(request), limits["result_bytes"])
        except BaseException as problem:  # SystemExit and KeyboardInterrupt of the step's code are its failures too
            kind, payload = b"E", describe(problem, request["step"])
        if os.getpid() != self.pid:
            os._exit(1)  # a fork of the step's own that fell out of main: it must not answer
        drain()
        with self.lock:
            send(self.connection, kind, payload)

    def capture(self, limit):
        """Sends what is written to descriptors 1 and 2, up to the limit each. Returns a function that ends it."""
        kinds = {}
        for descriptor, kind in ((1, b"O"), (2, b"S")):
            reader, writer = os.pipe()
            os.dup2(writer, descriptor)
            os.close(writer)
            kinds[reader] = kind
        sys.stdout = open(1, "w", encoding="utf-8", errors="replace", buffering=1, closefd=False)
        sys.stderr = open(2, "w", encoding="utf-8", errors="replace", buffering=1, closefd=False)
        thread = threading.Thread(target=self.forward, args=(kinds, limit), daemon=True)
        thread.start()

        def drain():
            for stream in (sys.stdout, sys.stderr):
                try:
                    stream.flush()
                except (OSError, ValueError):
                    pass  # the step closed it
            for descriptor in (1, 2):
                os.dup2(0, descriptor)
            thread.join(DRAIN_SECONDS)

        return drain

    def forward(self, kinds, limit):
        left = dict.fromkeys(kinds, limit)
        poll = select.poll()
        for reader in kinds:
            poll.register(reader, select.POLLIN)
        open_ends = len(kinds)
        while open_ends:
            for reader, _ in poll.poll():
                data = os.read(reader, 65536)
                if not data:
                    poll.unregister(reader)
                    open_ends -= 1
                elif left[reader] > 0:
                    part = data[:left[reader]]
                    left[reader] -= len(part)
                    with self.lock:
                        send(self.connection, kinds[reader], part)


def execute(request):
    """Defines the step's code and calls its main."""
    given = request["input"]
    if not isinstance(given, dict) or not isinstance(given.get("code"), str):
        raise StepError("bad_input", "the input of a python task needs a text 'code' that defines main")
    args, scope = given.get("args"), given.get("scope")
    scope = scope if isinstance(scope, dict) else {}
    filename = f"<step {request['step']}>"
    code = given["code"]
    linecache.cache[filename] = (len(code), None, code.splitlines(True), filename)
    names = {"__name__": "__kafkaflow__", "json": json, "os": os, "datetime": datetime, "uuid": uuid, "context": scope}
    exec(compile(code, filename, "exec"), names)
    main = names.get("main")
    if not callable(main):
        raise StepError("main_missing", "the code defines no function main(...)")
    positional, named = bind(main, args, scope)
    value = main(*positional, **named)
    if inspect.isawaitable(value):
        value = asyncio.run(wait_for(value))
    return value


async def wait_for(value):
    return await value


def parsed(value):
    """A text that is a JSON map or list is that map or list."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            pass  # it only looks like JSON
    return value


def bind(main, args, scope):
    """Arguments by name: from args, then from the scope, then from the workload in it."""
    given = {name: parsed(value) for name, value in args.items()} if isinstance(args, dict) else {}
    whole = given if isinstance(args, dict) or args is None else parsed(args)
    workload = scope.get("workload")
    sources = [given, scope, workload if isinstance(workload, dict) else {}]
    positional, named, missing, rest, taken = [], {}, [], False, set()
    for name, parameter in inspect.signature(main).parameters.items():
        if parameter.kind == parameter.VAR_POSITIONAL:
            continue
        if parameter.kind == parameter.VAR_KEYWORD:
            rest = True
            continue
        source = next((s for s in sources if name in s), None)
        if name == "context" and name not in given:
            value = scope
        elif source is not None:
            value = source[name]
            taken.add(name)
        elif name == "input_data":
            value = whole
        elif parameter.default is not parameter.empty:
            if parameter.kind != parameter.POSITIONAL_ONLY:
                continue
            value = parameter.default
        else:
            missing.append(name)
            continue
        if parameter.kind == parameter.POSITIONAL_ONLY:
            positional.append(value)
        else:
            named[name] = value
    if missing:
        raise StepError("missing_argument", f"main needs {', '.join(missing)}; args has {listed(given)}, "
                        f"the scope has {listed(scope)}")
    if rest:
        named.update((name, value) for name, value in given.items() if name not in taken and name not in named)
    return positional, named


def listed(names):
    return ", ".join(sorted(map(str, names))[:20]) or "nothing"


def plain(value):
    """JSON for the common types that json does not know."""
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, decimal.Decimal) and value.is_finite():
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=str)
    raise StepError("result_not_json", f"the result holds a {type(value).__name__}, which is no JSON value")


def encode(value, limit):
    try:
        data = json.dumps(value, ensure_ascii=False, allow_nan=False, default=plain, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as problem:
        raise StepError("result_not_json", f"the result is no JSON value: {problem}") from None
    if len(data) > limit:
        raise StepError("result_too_large", f"the result has {len(data)} bytes, at most {limit} are allowed")
    return data


def sound(text):
    """Without lone surrogates, which no encoding carries."""
    return text.encode("utf-8", "backslashreplace").decode()


def describe(problem, step):
    """An exception as code, message and the part of its traceback that belongs to the step."""
    frame = problem.__traceback__
    while frame is not None and not frame.tb_frame.f_code.co_filename.startswith("<step "):
        frame = frame.tb_next
    own = isinstance(problem, StepError)
    lines = [] if own else traceback.format_exception(type(problem), problem, frame, limit=-50)
    code = problem.code if own else type(problem).__name__
    message = str(problem) or code
    if isinstance(problem, SystemExit):
        message = f"the code called exit({problem.code!r})"
    lasting = own or isinstance(problem, SyntaxError)
    return {"code": code, "message": sound(message[:MAX_MESSAGE]), "traceback": sound("".join(lines)[-MAX_TRACEBACK:]),
            "retryable": not lasting and getattr(problem, "retryable", True) is not False}


if __name__ == "__main__":
    template = Template(sys.argv[1])
    gc.collect()
    gc.freeze()
    print("ready", flush=True)
    template.run()
