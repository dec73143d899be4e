namespace KafkaFlow.Kafka;

/// <summary>How to reach the cluster; raw librdkafka keys pass through.</summary>
public sealed record KafkaSettings
{
    public required string Bootstrap { get; init; }
    public IReadOnlyDictionary<string, string> Raw { get; init; } = new Dictionary<string, string>();
}
