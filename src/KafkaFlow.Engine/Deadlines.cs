using KafkaFlow.Contracts;

namespace KafkaFlow.Engine;

/// <summary>Times at which something must happen to a live attempt if its worker stays silent.</summary>
internal static class Deadlines
{
    /// <summary>The timer of an activation is armed at the nearest of its deadlines.</summary>
    /// <param name="heartbeat">Last sign of life beyond the folded ones.</param>
    public static Timestamp? Next(ActivationState step, EngineSettings settings, Timestamp? heartbeat)
    {
        if (!step.IsLive) return null;
        if (step.Work is not { } work) return step.Wait?.DueAt ?? step.Loop?.DueAt;
        if (step.Phase == ActivationPhase.BackingOff) return Earliest(work.BackoffUntil!.Value, Total(step, work));
        if (step.Phase == ActivationPhase.AttemptFailed) return Total(step, work);
        var next = step.Phase == ActivationPhase.Running
            ? Earliest(Heartbeat(work, heartbeat), Attempt(work))
            : Earliest(Retention(work, settings), Queue(work));
        return Earliest(next, Total(step, work));
    }

    public static Timestamp OfQueue(Timestamp now, long? queueMs, EngineSettings settings)
    {
        var retention = settings.TaskRetentionMs - settings.RetentionMarginMs;
        return now.PlusMillis(queueMs is { } queue && queue < retention ? queue : retention);
    }

    /// <summary>No worker took the attempt in time.</summary>
    public static Timestamp? Queue(AttemptState work) =>
        work.QueueMs is { } limit ? work.QueuedAt.PlusMillis(limit) : null;

    /// <summary>The task's record is about to expire on its topic.</summary>
    public static Timestamp Retention(AttemptState work, EngineSettings settings) =>
        work.EmittedAt.PlusMillis(settings.TaskRetentionMs - settings.RetentionMarginMs);

    public static Timestamp? Attempt(AttemptState work) =>
        work.AttemptMs is { } limit && work.BeganAt is { } began ? began.PlusMillis(limit) : null;

    public static Timestamp Heartbeat(AttemptState work, Timestamp? heartbeat)
    {
        var folded = work.BeatAt ?? work.EmittedAt;
        var last = heartbeat is { } beat ? Timestamp.Max(folded, beat) : folded;
        return last.PlusMillis(work.HeartbeatMs);
    }

    public static Timestamp? Total(ActivationState step, AttemptState work) =>
        work.TotalMs is { } limit ? step.StartedAt.PlusMillis(limit) : null;

    private static Timestamp Earliest(Timestamp a, Timestamp? b) => b is { } other && other < a ? other : a;
}
