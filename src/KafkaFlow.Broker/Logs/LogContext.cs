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
