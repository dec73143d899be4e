namespace KafkaFlow.Kafka;

/// <summary>How to reach the cluster; raw librdkafka keys (<c>-X key=value</c>) pass through.</summary>
public sealed record KafkaSettings
{
    /// <summary><c>host:port[,host:port]..</c></summary>
    public required string Bootstrap { get; init; }

    public IReadOnlyDictionary<string, string> Raw { get; init; } = new Dictionary<string, string>();

    /// <summary>Keys on which the engine's guarantees rest; they cannot be set from outside.</summary>
    public static readonly IReadOnlySet<string> FixedKeys = new HashSet<string>
    {
        "bootstrap.servers", "metadata.broker.list", "acks", "request.required.acks", "enable.idempotence",
        "enable.gapless.guarantee", "transactional.id", "group.id", "group.instance.id", "isolation.level",
        "enable.auto.commit", "enable.auto.offset.store", "partition.assignment.strategy", "enable.partition.eof",
    };

    /// <returns>One sentence per mistake; empty if there is none.</returns>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        foreach (var address in Bootstrap.Split(',', StringSplitOptions.TrimEntries))
        {
            var colon = address.LastIndexOf(':');
            if (colon <= 0 || !ushort.TryParse(address.AsSpan(colon + 1), out var port) || port == 0)
                problems.Add($"bootstrap address '{address}': expected HOST:PORT with a port of 1..65535");
        }
        problems.AddRange(Raw.Keys.Where(FixedKeys.Contains).Order(StringComparer.Ordinal)
            .Select(key => $"-X {key}: this setting is fixed by KafkaFlow and cannot be changed"));
        return problems;
    }

    /// <summary>Secrets are not printed.</summary>
    public override string ToString()
    {
        var shown = Raw.OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => $"{pair.Key}={(IsSecret(pair.Key) ? "****" : pair.Value)}");
        return string.Join(' ', shown.Prepend(Bootstrap));
    }

    private static bool IsSecret(string key) =>
        key.Contains("password", StringComparison.Ordinal) || key.Contains("secret", StringComparison.Ordinal)
        || key.Contains("jaas", StringComparison.Ordinal) || key.Contains("pem", StringComparison.Ordinal)
        || key.Contains("oauthbearer.config", StringComparison.Ordinal);
}

/// <summary>The Kafka settings are wrong; the message lists every mistake.</summary>
public sealed class KafkaSettingsException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The cluster cannot be reached: the message names the address, what was tried and what to check.</summary>
public sealed class KafkaUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
