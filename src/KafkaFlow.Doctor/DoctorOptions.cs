using KafkaFlow.Contracts;
using KafkaFlow.Kafka;
using KafkaFlow.Serdes.Registry;

namespace KafkaFlow.Doctor;

/// <summary>What to look at. An address that is null was not given, and what belongs to it is skipped.</summary>
public sealed record DoctorOptions
{
    /// <summary>null: the local checks only.</summary>
    public KafkaSettings? Kafka { get; init; }

    /// <summary>URI or Npgsql string.</summary>
    public string? Postgres { get; init; }

    public RegistrySettings? Registry { get; init; }

    public TopicNames Topics { get; init; } = new(TopicNames.DefaultPrefix);

    /// <summary>Full path; it need not exist yet.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Ports that <c>dev</c> takes unless told otherwise, with the option that tells it.</summary>
    public IReadOnlyDictionary<int, string> DefaultPorts { get; init; } = new Dictionary<int, string>
    {
        [9092] = "--kafka-port", [5433] = "--postgres-port", [8081] = "--registry-port",
    };

    /// <summary>For each check; one that takes longer has failed.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The machine as the checks see it.</summary>
    public Surroundings Surroundings { get; init; } = new();
}
