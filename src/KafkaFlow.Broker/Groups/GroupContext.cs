using KafkaFlow.Wire;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Broker.Groups;

/// <summary>What all groups share.</summary>
/// <param name="Store">Writes a group to the offsets topic.</param>
internal sealed record GroupContext(
    TimeProvider Clock, int MaxSize, ILogger Logger, Func<string, StoredGroup, ErrorCode> Store)
{
    public long NowMs => Clock.GetUtcNow().ToUnixTimeMilliseconds();
}
