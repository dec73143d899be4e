namespace KafkaFlow.Broker.Logs;

/// <summary>The settings of a topic that its logs act on.</summary>
/// <param name="RetentionMs">-1 keeps for ever.</param>
/// <param name="RetentionBytes">-1 keeps any size.</param>
/// <param name="BeforeMaxMs">A record may be so much older than the broker's clock.</param>
/// <param name="AfterMaxMs">A record may be so much newer.</param>
internal sealed record LogConfig(
    bool Compacts, bool Deletes, long RetentionMs, long RetentionBytes, long SegmentBytes, long SegmentMs,
    int MaxMessageBytes, bool AppendTime, long BeforeMaxMs, long AfterMaxMs, double MinDirtyRatio,
    long MinCompactionLagMs, long MaxCompactionLagMs, long DeleteRetentionMs);
