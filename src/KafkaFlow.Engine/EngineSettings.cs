using System.Collections.Immutable;

namespace KafkaFlow.Engine;

/// <summary>
/// What <see cref="Engine.Decide"/> reads beside the log and the playbook. Copied into <c>meta.settings</c> of
/// <c>execution_started</c>: a later change of the configuration never touches a run that has begun.
/// </summary>
public sealed record EngineSettings
{
    /// <summary>Topic that workers answer to.</summary>
    public string ReplyTopic { get; init; } = "kafkaflow.commands";
    /// <summary>Silence after which a started attempt counts as lost; a step's own timeout overrides it.</summary>
    public long HeartbeatMs { get; init; } = 30_000;
    /// <summary>How many lost workers or forced re-emissions a step survives.</summary>
    public int MaxLost { get; init; } = 3;
    /// <summary>retention.ms of the task topics.</summary>
    public long TaskRetentionMs { get; init; } = 604_800_000;
    /// <summary>How long before the retention an unstarted task is emitted again.</summary>
    public long RetentionMarginMs { get; init; } = 3_600_000;
    /// <summary>Signals kept per execution until something waits for them.</summary>
    public int MaxSignals { get; init; } = 1_000;
    /// <summary>Activations that one execution may begin: visits, items and iterations.</summary>
    public int MaxSteps { get; init; } = 1_000_000;
    /// <summary>Activations that may be live at once.</summary>
    public int MaxWidth { get; init; } = 20_000;
    /// <summary>Visits of one step.</summary>
    public int MaxVisits { get; init; } = 100_000;
    /// <summary>Items of one loop.</summary>
    public int MaxItems { get; init; } = 100_000;
    /// <summary>Items of one loop under way at once, where the loop names no number.</summary>
    public int MaxConcurrency { get; init; } = 1_000;
    /// <summary>Executions nested below a first one.</summary>
    public int MaxDepth { get; init; } = 16;
    /// <summary>Bytes of all facts of one execution.</summary>
    public long MaxHistoryBytes { get; init; } = 1024L * 1024 * 1024;
    public int MaxPatches { get; init; } = 100;
    /// <summary>Error codes of failed attempts that park the execution for an operator instead of failing the
    /// step.</summary>
    public ImmutableArray<string> ParkOn { get; init; } = [];
    /// <summary>A decision ends here and goes on by a <c>continue</c>.</summary>
    public int MaxFactsPerDecision { get; init; } = 256;
    public int MaxBytesPerDecision { get; init; } = 256 * 1024;
}
