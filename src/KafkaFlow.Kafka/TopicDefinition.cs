namespace KafkaFlow.Kafka;

/// <summary>One file of <c>topics/*.yaml</c>, the source of truth for names, partitions and configs.</summary>
/// <param name="Name">Without prefix, such as <c>commands</c>; the template of task topics is
/// <c>tasks.&lt;type&gt;</c>.</param>
/// <param name="Key">What the record key says, in words.</param>
/// <param name="Partitions">null: as many as topic <c>commands</c> has.</param>
/// <param name="Configs">Kafka topic configs, in the file's order.</param>
/// <param name="Schema">Name of the Avro schema of its values, if it has one.</param>
public sealed record TopicDefinition(
    string Name, string Key, int? Partitions, IReadOnlyDictionary<string, string> Configs, string? Schema)
{
    public const string TypePlaceholder = "<type>";

    public bool IsTemplate => Name.Contains(TypePlaceholder, StringComparison.Ordinal);

    public string FullName(string prefix) => $"{prefix}.{Name}";

    public TopicDefinition ForType(string nodeType) =>
        this with { Name = Name.Replace(TypePlaceholder, nodeType, StringComparison.Ordinal) };
}

/// <summary>A topic beside its definition. <c>status</c>: ok, missing, differs, created.</summary>
public sealed record TopicStatus(string Topic, string Status, IReadOnlyList<TopicDifference> Differences)
{
    public const string Ok = "ok";
    public const string Missing = "missing";
    public const string Differs = "differs";
    public const string Created = "created";

    /// <summary>Running on this topic could lose data.</summary>
    public bool IsRefused => Differences.Any(d => d.Severity == TopicDifference.Refused);
}

/// <summary>A setting of a topic that is not as defined. <c>severity</c>: refused (can lose data) or warning.</summary>
/// <param name="Config">A Kafka topic config, or <c>partitions</c>.</param>
public sealed record TopicDifference(string Config, string Expected, string Actual, string Severity)
{
    public const string Refused = "refused";
    public const string Warning = "warning";
}

/// <summary>Topics are missing or are not as defined where that can lose data; names each topic and config.</summary>
public sealed class TopicRefusedException(string message) : Exception(message);
