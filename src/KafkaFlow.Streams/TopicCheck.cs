using Confluent.Kafka;
using KafkaFlow.Kafka;

namespace KafkaFlow.Streams;

/// <summary>Source, facts and changelog must exist and be numbered alike; asking also warms the producer up.</summary>
internal static class TopicCheck
{
    /// <returns>How many partitions each topic of the topology has; those that do not exist are left out.</returns>
    /// <exception cref="StreamsException">A topic is missing, or its partitions do not fit.</exception>
    public static IReadOnlyDictionary<string, int> Run(Topology topology, Handle client, TimeSpan timeout)
    {
        var needed = new[] { topology.Source.Topic, topology.Facts.Topic, topology.Store.Changelog };
        var all = needed.Concat(topology.Sinks.Where(s => !s.IsPrefix).Select(s => s.Topic)).Distinct();
        IReadOnlyDictionary<string, int> counts;
        try
        {
            counts = KafkaClients.WarmUp(client, all, timeout);
        }
        catch (KafkaUnavailableException e)
        {
            throw new StreamsException(e.Message, e);
        }
        var missing = needed.Where(t => counts[t] == 0).ToList();
        if (missing.Count > 0)
            throw new StreamsException($"topics are missing: {string.Join(", ", missing)}; create them with: kafkaflow topics apply");
        if (needed.Select(t => counts[t]).Distinct().Count() > 1)
            throw new StreamsException(
                $"partitions do not fit: {string.Join(", ", needed.Select(t => $"{t} has {counts[t]}"))}; expected the same")
            { IsFinal = true };
        return counts.Where(c => c.Value > 0).ToDictionary();
    }
}
