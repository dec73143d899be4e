using KafkaFlow.Expressions;
using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine.Reference;

/// <summary>
/// One run as docs/semantics.md says it, without events: all state is mutable, each input is followed by looking at
/// every step until nothing changes. Times are microseconds since 1970.
/// </summary>
public sealed class ReferenceRun
{
    private readonly Memory _run;
    private readonly Works _works;
    private readonly Routing _routing;
    private readonly Closing _closing;
    private readonly Attempts _attempts;
    private readonly Flow _flow;

    /// <param name="payloadJson">Merged over the playbook's workload; null: nothing.</param>
    public ReferenceRun(
        PlaybookGraph graph, string? payloadJson, ReferenceSettings settings, string executionId, long nowMicros)
    {
        _run = new()
        {
            ExecutionId = executionId,
            Settings = settings,
            Graph = graph,
            Shape = new(graph),
            Now = nowMicros,
            StartedAt = nowMicros,
            Workload = Merged(Value.FromJson(graph.WorkloadJson), Value.FromJson(payloadJson ?? "{}")),
        };
        var rendering = new Rendering(_run);
        _closing = new(_run);
        _routing = new(_run, rendering, _closing);
        _attempts = new(_run, rendering);
        _works = new(_run, rendering, _routing, _closing, _attempts);
        _flow = new(_run, _routing, _closing, _works);
        _flow.Settle();
    }

    public RunStatus Status => _run.Status;
    /// <summary>Of a completed run.</summary>
    public string ResultJson => _run.Result.ToJson();
    public string? ErrorCode => _run.Error?.Code;
    public int GraphVersion => _run.GraphVersion;
    public PlaybookGraph Graph => _run.Graph;
    /// <summary>Activations that compensated, in their order.</summary>
    public IReadOnlyList<string> Compensations => _run.Compensations;
    /// <summary>Names, oldest first.</summary>
    public IReadOnlyList<string> LeftoverSignals => [.. _run.Signals.Select(signal => signal.Name)];

    /// <summary>Decision time; never goes back.</summary>
    public long Now
    {
        get => _run.Now;
        set => _run.Now = Math.Max(_run.Now, value);
    }

    public IReadOnlyList<OpenTask> Tasks => [.. _run.Live
        .Where(work => work is { State: WorkState.Running, Attempt: > 0 } && work.Node.Kind != StepKind.Child)
        .Select(work => new OpenTask(work.Id, work.Attempt, work.Input))];

    public IReadOnlyList<OpenWait> Waits =>
        [.. _run.Live.Where(work => work.State == WorkState.Waiting).Select(OpenWaits.Of)];

    public IReadOnlyList<OpenTimer> Timers => OpenTimers.Of(_run);

    /// <summary>Every visit, item and iteration there ever was, in the order they began.</summary>
    public IReadOnlyList<ActivationView> Activations =>
        [.. _run.Visits.Select(Seen), .. _run.Works.Where(work => work.Parent is not null).Select(Seen)];

    /// <summary>A worker has begun an attempt, or shows that it is alive.</summary>
    public InputOutcome Heartbeat(string activation, int attempt)
    {
        if (Refused() is { } refused) return refused;
        if (Answered(activation, attempt) is not { } work) return InputOutcome.Stale;
        if (!work.Started) work.StartedAt = _run.Now;
        work.Started = true;
        work.LastBeat = _run.Now;
        return InputOutcome.Accepted;
    }

    public InputOutcome Complete(string activation, int attempt, string resultJson)
    {
        if (Refused() is { } refused) return refused;
        if (Answered(activation, attempt) is not { } work) return InputOutcome.Stale;
        _works.Complete(work, Value.FromJson(resultJson));
        return Settled();
    }

    public InputOutcome Fail(string activation, int attempt, string code, string message, bool retryable)
    {
        if (Refused() is { } refused) return refused;
        if (Answered(activation, attempt) is not { } work) return InputOutcome.Stale;
        var error = new RunError(work.Visit.Step, code, message, attempt, retryable);
        _attempts.Failed(work, error, last => _works.Fail(work, last));
        return Settled();
    }

    /// <summary>Lets an open timer fire; of another one nothing changes.</summary>
    public InputOutcome Fire(string activation, string kind)
    {
        if (_run.IsOver) return InputOutcome.Ignored;
        if (Timers.All(timer => (timer.Activation, timer.Kind) != (activation, kind))) return InputOutcome.Ignored;
        if (_run.Status == RunStatus.Parked) return InputOutcome.Held;
        if (kind == TimerKinds.Deadline && _run.Status == RunStatus.Closing) return InputOutcome.Ignored;
        if (kind == TimerKinds.Deadline) return CloseAs(RunStatus.Failed, new("", "deadline", "", 0));
        var work = _run.Find(activation)!;
        if (_run.Status == RunStatus.Paused)
        {
            if (_run.Kept.All(kept => (kept.Activation, kept.Kind) != (activation, kind)))
                _run.Kept.Add((activation, kind, work.Attempt));
            return InputOutcome.Accepted;
        }
        if (Overdue(activation, kind) is { } due) Fire(work, due);
        return Settled();
    }

    public InputOutcome Signal(string name, string? payloadJson)
    {
        if (Refused() is { } refused) return refused;
        var payload = Value.FromJson(payloadJson ?? "null");
        var waiting = _run.Live.Where(work => work.State == WorkState.Waiting && work.Signal == name);
        var oldest = waiting.MinBy(work => work.Begun);
        if (oldest is not null) _works.Complete(oldest, payload);
        else if (_run.Signals.Count >= _run.Settings.MaxSignals) return InputOutcome.Rejected;
        else _run.Signals.Add((name, payload));
        return Settled();
    }

    public InputOutcome Decide(string activation, bool approve, string? actor, string? formJson, string? reason)
    {
        if (Refused() is { } refused) return refused;
        var work = _run.Live.FirstOrDefault(work =>
            work.Id == activation && work is { State: WorkState.Waiting, Node.Kind: StepKind.Approval });
        if (work is null) return InputOutcome.Rejected;
        if (work.Who is { Count: > 0 } who && !who.Contains(actor ?? "")) return InputOutcome.Rejected;
        if (approve)
            _works.Complete(work, Value.Map(
            [
                new("decision", Value.String("approve")), new("actor", Text(actor)),
                new("form", Value.FromJson(formJson ?? "null")), new("reason", Text(reason)),
            ]));
        else _works.Fail(work, new(work.Visit.Step, "rejected", "", 0));
        return Settled();
    }

    /// <param name="status">COMPLETED, FAILED, CANCELLED or REJECTED.</param>
    public InputOutcome ChildEnded(string activation, int attempt, string status, string? resultJson)
    {
        if (Refused() is { } refused) return refused;
        if (_run.Find(activation) is { IsLive: true, State: WorkState.Awaiting } awaited)
        {
            _closing.EndOfAwaited(awaited);
            return Settled();
        }
        var work = _run.Live.FirstOrDefault(work => work.Id == activation && work.Attempt == attempt
            && work is { State: WorkState.Waiting, Node.Kind: StepKind.Child });
        if (work is null) return InputOutcome.Stale;
        if (status == "COMPLETED") _works.Complete(work, Value.FromJson(resultJson ?? "null"));
        else
        {
            var code = $"child_{status.ToLowerInvariant()}";
            _attempts.Failed(work, new(work.Visit.Step, code, "", attempt, true), error => _works.Fail(work, error));
        }
        return Settled();
    }

    public InputOutcome Cancel(bool force)
    {
        if (_run.IsOver) return InputOutcome.Ignored;
        var wasClosing = _run.Status == RunStatus.Closing;
        if (!wasClosing) _closing.Begin(RunStatus.Cancelled, null);
        if (force) _closing.Force();
        return Settled();
    }

    public InputOutcome Pause()
    {
        if (Refused() is { } refused) return refused;
        if (_run.Status != RunStatus.Running) return InputOutcome.Rejected;
        _run.Status = RunStatus.Paused;
        return InputOutcome.Accepted;
    }

    public InputOutcome Resume()
    {
        if (_run.IsOver) return InputOutcome.Ignored;
        if (_run.Status is not (RunStatus.Paused or RunStatus.Parked)) return InputOutcome.Rejected;
        _run.Status = RunStatus.Running;
        foreach (var work in _run.Live.Where(work => work.State == WorkState.Parked).ToList())
            _attempts.Again(work, error => _works.Fail(work, error));
        _flow.Settle();
        foreach (var (activation, kind, attempt) in _run.Kept.ToList())
        {
            if (_run.Find(activation) is not { IsLive: true } work) continue;
            if (work.Attempt != attempt && kind != TimerKinds.Total) continue;
            if (Overdue(activation, kind) is { } due) Fire(work, due);
            _flow.Settle();
        }
        _run.Kept.Clear();
        return InputOutcome.Accepted;
    }

    public InputOutcome Skip(string step)
    {
        if (Refused() is { } refused) return refused;
        if (_run.Status == RunStatus.Closing) return InputOutcome.Rejected;
        if (!_run.Current.TryGetValue(step, out var visit)) return InputOutcome.Rejected;
        if (visit.Outcome != Outcome.Live) return InputOutcome.Rejected;
        _closing.Cancel(visit.Work!);
        visit.Work!.Outcome = Outcome.Completed;
        _routing.Complete(visit, Value.Null);
        return Settled();
    }

    public InputOutcome Rerun(string step)
    {
        if (Refused() is { } refused) return refused;
        if (_run.Status == RunStatus.Closing) return InputOutcome.Rejected;
        if (_run.Status == RunStatus.Paused || !_run.Shape.Reachable.Contains(step)) return InputOutcome.Rejected;
        if (!_run.Current.TryGetValue(step, out var visit)) return InputOutcome.Rejected;
        var over = _run.Current.Keys.Where(other =>
            other == step || _run.Shape.Reaches(step, other, forwardOnly: true)).ToList();
        if (visit.Outcome == Outcome.Skipped || over.Any(other => _run.Current[other].Outcome == Outcome.Live))
            return InputOutcome.Rejected;
        _run.Uncaught.RemoveAll(failed =>
            failed.Step == step || _run.Shape.Reaches(step, failed.Step, forwardOnly: true));
        foreach (var other in over) _run.Current.Remove(other);
        _run.Again = (step, visit.Arrivals);
        return Settled();
    }

    public InputOutcome SetVariable(string name, string valueJson)
    {
        if (Refused() is { } refused) return refused;
        if (_run.Status == RunStatus.Closing) return InputOutcome.Rejected;
        _run.Variables.RemoveAll(variable => variable.Key == name);
        _run.Variables.Add(new(name, Value.FromJson(valueJson)));
        return Settled();
    }

    public InputOutcome Patch(string patchJson, int expectedVersion)
    {
        if (Refused() is { } refused) return refused;
        if (_run.Status == RunStatus.Closing) return InputOutcome.Rejected;
        if (expectedVersion != _run.GraphVersion) return InputOutcome.Rejected;
        if (PlaybookPatch.Apply(_run.Graph, patchJson, "patch").Graph is not { } graph) return InputOutcome.Rejected;
        if (_run.Current.Keys.Any(step => graph.Find(step) is null)) return InputOutcome.Rejected;
        _run.Graph = graph;
        _run.Shape = new(graph);
        _run.GraphVersion++;
        return Settled();
    }

    /// <summary>Of the timers of one activation that are due, the one that ends most.</summary>
    /// <param name="fired">Is taken to be due if nobody knows when it is.</param>
    private string? Overdue(string activation, string fired) => Timers
        .Where(timer => timer.Activation == activation)
        .Where(timer => timer.DueMicros is { } due ? due <= _run.Now : timer.Kind == fired)
        .Select(timer => timer.Kind).OrderBy(TimerKinds.RankOf).FirstOrDefault();

    private void Fire(Work work, string kind)
    {
        var (step, attempt) = (work.Visit.Step, work.Attempt);
        void Fail(RunError error) => _works.Fail(work, error);
        switch (kind)
        {
            case TimerKinds.Retention: _attempts.Forgotten(work, Fail); break;
            case TimerKinds.Heartbeat: _attempts.Lost(work, Fail); break;
            case TimerKinds.Attempt:
                _attempts.Failed(work, new(step, "attempt_timeout", "", attempt, true), Fail);
                break;
            case TimerKinds.Backoff: _attempts.Run(work); break;
            case TimerKinds.Wait: _works.Complete(work, Value.Null); break;
            case TimerKinds.WhileDelay: _works.EndDelay(work); break;
            case TimerKinds.Total: Fail(new(step, "attempt_timeout", "", attempt)); break;
            default: Fail(new(step, kind, "", attempt)); break;
        }
    }

    private static ActivationView Seen(Visit visit) => new(visit.Id, visit.Outcome,
        visit.Outcome == Outcome.Completed ? visit.Value.ToJson() : null, visit.Error?.Code,
        visit.Outcome != Outcome.Skipped ? null : visit.IsUpstreamFailed ? "upstream_failed" : "dead_path",
        [.. visit.Edges.Where(edge => edge.Value.State == EdgeState.Taken).Select(edge => edge.Key).Order()]);

    private static ActivationView Seen(Work work) => new(work.Id, work.Outcome,
        work.Outcome == Outcome.Completed ? work.Value.ToJson() : null, work.Error?.Code, null, []);

    private InputOutcome CloseAs(RunStatus status, RunError? error)
    {
        _closing.Begin(status, error);
        return Settled();
    }

    private InputOutcome? Refused() => _run.IsOver
        ? InputOutcome.Ignored
        : _run.Status == RunStatus.Parked ? InputOutcome.Held : null;

    private Work? Answered(string activation, int attempt) => _run.Live.FirstOrDefault(work => work.Id == activation
        && work.Attempt == attempt && work.State == WorkState.Running && work.Node.Kind != StepKind.Child);

    private InputOutcome Settled()
    {
        _flow.Settle();
        return InputOutcome.Accepted;
    }

    private static Value Text(string? text) => text is null ? Value.Null : Value.String(text);

    private static Value Merged(Value under, Value over)
    {
        if (under.Kind != ValueKind.Map || over.Kind != ValueKind.Map) return over;
        var entries = under.Entries.Select(entry => over.Get(entry.Key) is { Kind: not ValueKind.Missing } other
            ? new(entry.Key, Merged(entry.Value, other))
            : entry);
        return Value.Map([.. entries, .. over.Entries.Where(entry => under.Get(entry.Key).Kind == ValueKind.Missing)]);
    }
}
