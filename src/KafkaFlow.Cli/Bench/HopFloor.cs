using System.Diagnostics;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using KafkaFlow.Cli.Local;
using KafkaFlow.Kafka;

namespace KafkaFlow.Cli.Bench;

/// <summary>The floor of one hop: one record produced and fetched with the same client settings, one in
/// flight.</summary>
internal static class HopFloor
{
    public const int WarmUp = 2000;
    private const int Hops = 5000;
    private const int ValueBytes = 300;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    public static JsonObject Measure(Cluster cluster, CancellationToken cancel) => Figures.Of(
        Times(cluster.Settings.Kafka, new(cluster.Topics.Blobs, 0), cancel), "mean", "p50", "p99");

    /// <returns>Milliseconds of each hop.</returns>
    public static List<double> Times(KafkaSettings settings, TopicPartition partition, CancellationToken cancel)
    {
        using var producer = KafkaClients.Producer(KafkaClients.ProducerConfig(settings, "kf-floor"));
        using var consumer = KafkaClients.Consumer(KafkaClients.ConsumerConfig(settings, "kf-floor"));
        consumer.Assign([new TopicPartitionOffset(partition, consumer.QueryWatermarkOffsets(partition, Timeout).High)]);
        var message = new Message<byte[]?, byte[]?> { Key = "floor"u8.ToArray(), Value = new byte[ValueBytes] };
        var times = new List<double>(Hops);
        for (var i = 0; i < WarmUp + Hops; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var start = Stopwatch.GetTimestamp();
            producer.Produce(partition, message);
            if (consumer.Consume(Timeout) is null)
                throw new TimeoutException($"no record came back within {Timeout.TotalSeconds:0} s");
            if (i >= WarmUp) times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        return times;
    }
}

/// <summary>Named figures of a series.</summary>
internal static class Figures
{
    public static JsonObject Of(List<double> values, params string[] names)
    {
        values.Sort();
        var figures = new JsonObject();
        foreach (var name in names)
            figures[name] = values.Count == 0 ? null : Math.Round(name switch
            {
                "mean" => values.Average(),
                "min" => values[0],
                "max" => values[^1],
                "p50" => values[(int)((values.Count - 1) * 0.50)],
                "p99" => values[(int)((values.Count - 1) * 0.99)],
                _ => throw new ArgumentException($"no figure is called {name}"),
            }, 3);
        return figures;
    }
}
