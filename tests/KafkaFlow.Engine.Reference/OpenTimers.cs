using KafkaFlow.Playbooks;

namespace KafkaFlow.Engine.Reference;

/// <summary>
/// Kinds of timers; those that fail a step are named by the code it fails with, but for <see cref="Total"/>.
/// </summary>
public static class TimerKinds
{
    public const string Queue = "queue_timeout";
    public const string Total = "total";
    public const string Attempt = "attempt_timeout";
    public const string Heartbeat = "heartbeat_timeout";
    public const string Retention = "retention";
    public const string Backoff = "backoff";
    public const string Wait = "wait";
    public const string WaitTimeout = "wait_timeout";
    public const string ApprovalTimeout = "approval_timeout";
    public const string WhileDelay = "while_delay";
    public const string LoopTimeout = "loop_timeout";
    public const string Deadline = "deadline";

    /// <summary>Where several are due, the first of these counts.</summary>
    private static readonly string[] First = [Total, Attempt, Heartbeat, Queue, Retention];

    internal static int RankOf(string kind) => Array.IndexOf(First, kind) is var at and >= 0 ? at : First.Length;
}

internal static class OpenTimers
{
    public static IReadOnlyList<OpenTimer> Of(Memory run)
    {
        var timers = new List<OpenTimer>();
        if (!run.IsOver && run.Graph.DeadlineMs is { } ms)
            timers.Add(new("", TimerKinds.Deadline, run.StartedAt + ms * 1_000));
        foreach (var work in run.Live)
            foreach (var (kind, due) in Of(work, run.Settings))
                timers.Add(new(work.Id, kind, due));
        return timers;
    }

    private static IEnumerable<(string Kind, long? Due)> Of(Work work, ReferenceSettings settings)
    {
        var limits = work.Node.Timeouts;
        var isTask = work.Attempt > 0 && work.Node.Kind != StepKind.Child;
        if (isTask && work is { State: WorkState.Running, Started: false })
        {
            if (limits.QueueMs is { } queue) yield return (TimerKinds.Queue, work.Scheduled + queue * 1_000);
            yield return (TimerKinds.Retention, work.Emitted + settings.RetentionMs * 1_000);
        }
        if (isTask && work is { State: WorkState.Running, Started: true })
        {
            if (limits.AttemptMs is { } attempt) yield return (TimerKinds.Attempt, work.StartedAt + attempt * 1_000);
            yield return (TimerKinds.Heartbeat, work.LastBeat + (limits.HeartbeatMs ?? settings.HeartbeatMs) * 1_000);
        }
        if (!work.IsIteration && limits.TotalMs is { } total)
            yield return (TimerKinds.Total, work.BegunAt + total * 1_000);
        if (work.State == WorkState.BackingOff) yield return (TimerKinds.Backoff, null);
        if (work.State == WorkState.Waiting && work.WaitUntil is { } until)
            yield return (work.Node.Kind == StepKind.Approval ? TimerKinds.ApprovalTimeout
                : work.Signal is null ? TimerKinds.Wait : TimerKinds.WaitTimeout, until);
        if (work is { State: WorkState.Delayed, DelayUntil: { } next }) yield return (TimerKinds.WhileDelay, next);
        if (work.State != WorkState.Looping || work.Node.While is not { } loop) yield break;
        if (loop.TimeoutMs is { } whole) yield return (TimerKinds.LoopTimeout, work.LoopBegun + whole * 1_000);
    }
}

internal static class OpenWaits
{
    public static OpenWait Of(Work work) => work.Node.Kind switch
    {
        StepKind.Approval => new(work.Id, "approval", ""),
        StepKind.Child => new(work.Id, "child", work.Input),
        _ => new(work.Id, work.Signal is null ? "time" : "signal", work.Signal ?? ""),
    };
}
