namespace KafkaFlow.Streams;

/// <summary>What an instance owns, as of the moment of asking.</summary>
public sealed record StreamsStatus(bool IsRunning, string? LastFailure, IReadOnlyList<PartitionStatus> Partitions);

/// <param name="Role">starting, restoring, replaying, running or closed.</param>
/// <param name="Position">Offset of the next record to process.</param>
/// <param name="Lag">Records between there and the end as last heard of; -1 if unknown.</param>
/// <param name="CheckpointAgeMs">Age of the oldest change that no checkpoint holds yet; 0 if there is none, -1 before
/// the
/// partition runs.</param>
/// <param name="RestorePercent">0..100; 100 once facts of earlier terms are adopted.</param>
/// <param name="WaitsFor">What holds the partition up, in words; null if nothing does.</param>
public sealed record PartitionStatus(
    int Partition, string Role, long Epoch, long Position, long Lag, long CheckpointAgeMs, int RestorePercent,
    string? WaitsFor);
