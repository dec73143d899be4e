using KafkaFlow.Broker.Storage;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Broker.Logs;

/// <summary>What all logs of a broker share.</summary>
internal sealed record LogContext(
    IBrokerFiles Files, TimeProvider Clock, FlushPolicy Flush, BrokerFaults Faults, ILogger Logger)
{
    /// <summary>A producer without an open transaction is forgotten after so long.</summary>
    public static readonly TimeSpan ProducerExpiry = TimeSpan.FromDays(1);

    public long NowMs => Clock.GetUtcNow().ToUnixTimeMilliseconds();
}

/// <summary>The settings of a topic that its logs act on.</summary>
/// <param name="RetentionMs">-1 keeps for ever.</param>
/// <param name="RetentionBytes">-1 keeps any size.</param>
/// <param name="BeforeMaxMs">A record may be so much older than the broker's clock.</param>
/// <param name="AfterMaxMs">A record may be so much newer.</param>
internal sealed record LogConfig(
    bool Compacts, bool Deletes, long RetentionMs, long RetentionBytes, long SegmentBytes, long SegmentMs,
    int MaxMessageBytes, bool AppendTime, long BeforeMaxMs, long AfterMaxMs, double MinDirtyRatio,
    long MinCompactionLagMs, long MaxCompactionLagMs, long DeleteRetentionMs);
