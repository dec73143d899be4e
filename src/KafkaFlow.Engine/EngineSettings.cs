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
    /// <summary>A decision ends here and goes on by a <c>continue</c>.</summary>
    public int MaxFactsPerDecision { get; init; } = 256;
    public int MaxBytesPerDecision { get; init; } = 256 * 1024;
}
