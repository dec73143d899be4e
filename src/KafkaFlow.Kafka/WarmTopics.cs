using System.Collections.Concurrent;
using Confluent.Kafka;

namespace KafkaFlow.Kafka;

/// <summary>
/// Makes the first record to a topic go out at once. librdkafka asks where a topic it has not seen lives at its next
/// tick only, which is once a second; asking for its metadata before spares that wait. Thread-safe.
/// </summary>
public sealed class WarmTopics(Handle producer)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<string, bool> _asked = new(StringComparer.Ordinal);

    /// <summary>Call before a record is produced to <paramref name="topic"/>; waits at most 1 s, the first time only.
    /// Where no broker answers the producer's own waiting goes on as ever.</summary>
    public void Warm(string topic)
    {
        if (_asked.ContainsKey(topic) || !_asked.TryAdd(topic, true)) return;
        try
        {
            KafkaClients.WarmUp(producer, [topic], Timeout);
        }
        catch (KafkaUnavailableException)
        {
            return; // the record's own delivery report tells
        }
    }
}
