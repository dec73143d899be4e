using System.Globalization;
using KafkaFlow.Broker.Logs;

namespace KafkaFlow.Broker.Catalog;

/// <summary>The settings a topic was given, over the broker's defaults. Immutable.</summary>
internal sealed class TopicConfig
{
    private readonly IReadOnlyDictionary<string, string> _defaults;

    public TopicConfig(IReadOnlyDictionary<string, string> own, IReadOnlyDictionary<string, string> defaults)
    {
        Own = own;
        _defaults = defaults;
        Log = new(
            Compacts: List("cleanup.policy").Contains("compact"),
            Deletes: List("cleanup.policy").Contains("delete"),
            RetentionMs: Long("retention.ms"),
            RetentionBytes: Long("retention.bytes"),
            SegmentBytes: Long("segment.bytes"),
            SegmentMs: Long("segment.ms"),
            MaxMessageBytes: (int)Long("max.message.bytes"),
            AppendTime: Value("message.timestamp.type") == "LogAppendTime",
            BeforeMaxMs: Long("message.timestamp.before.max.ms"),
            AfterMaxMs: Long("message.timestamp.after.max.ms"),
            MinDirtyRatio: double.Parse(Value("min.cleanable.dirty.ratio"), CultureInfo.InvariantCulture),
            MinCompactionLagMs: Long("min.compaction.lag.ms"),
            MaxCompactionLagMs: Long("max.compaction.lag.ms"),
            DeleteRetentionMs: Long("delete.retention.ms"));
    }

    /// <summary>What was set on the topic itself.</summary>
    public IReadOnlyDictionary<string, string> Own { get; }

    public LogConfig Log { get; }

    /// <summary>The broker's default of a setting.</summary>
    public string DefaultOf(ConfigDefinition definition) =>
        _defaults.GetValueOrDefault(definition.Name) ?? definition.Default;

    public bool IsBrokerDefault(string name) => _defaults.ContainsKey(name);

    public string Value(string name) =>
        Own.GetValueOrDefault(name) ?? DefaultOf(ConfigDefinitions.Find(name) ?? throw new ArgumentException(name));

    /// <returns>null if the topic can have this value, else what is wrong.</returns>
    public static string? ProblemOf(string name, string? value)
    {
        if (ConfigDefinitions.Find(name) is not { } definition) return $"Unknown topic config name: {name}";
        if (value is null) return $"Null value not supported for topic configs: {name}";
        return definition.Type switch
        {
            ConfigType.Boolean => value is "true" or "false" ? null : Bad(definition, value, "true or false"),
            ConfigType.Int or ConfigType.Long => ProblemOfInteger(definition, value),
            ConfigType.Double => double.TryParse(value, CultureInfo.InvariantCulture, out var number)
                ? ProblemOfRange(definition, value, number)
                : Bad(definition, value, "a number"),
            ConfigType.List => value.Length == 0 || definition.Choices is null ||
                value.Split(',').All(one => definition.Choices.Contains(one.Trim()))
                    ? value.Length == 0 && definition.Choices is not null ? Bad(definition, value, "a list") : null
                    : Bad(definition, value, $"a list of {string.Join(", ", definition.Choices)}"),
            _ => definition.Choices is null || definition.Choices.Contains(value)
                ? null
                : Bad(definition, value, $"one of {string.Join(", ", definition.Choices)}"),
        };
    }

    private static string? ProblemOfInteger(ConfigDefinition definition, string value)
    {
        var fits = definition.Type == ConfigType.Int
            ? int.TryParse(value, CultureInfo.InvariantCulture, out _)
            : long.TryParse(value, CultureInfo.InvariantCulture, out _);
        return fits
            ? ProblemOfRange(definition, value, long.Parse(value, CultureInfo.InvariantCulture))
            : Bad(definition, value, "an integer");
    }

    private static string? ProblemOfRange(ConfigDefinition definition, string value, double number)
    {
        if (number >= definition.Min && number <= definition.Max) return null;
        var atMost = definition.Max < double.MaxValue ? $", at most {definition.Max}" : "";
        return Bad(definition, value, $"{definition.Min} or more{atMost}");
    }

    private static string Bad(ConfigDefinition definition, string value, string expected) =>
        $"Invalid value {value} for configuration {definition.Name}: expected {expected}";

    private long Long(string name) => long.Parse(Value(name), CultureInfo.InvariantCulture);

    private string[] List(string name) => Value(name).Split(',', StringSplitOptions.TrimEntries);
}
