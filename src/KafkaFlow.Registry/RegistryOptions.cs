using System.Security.Cryptography.X509Certificates;
using KafkaFlow.Kafka;

namespace KafkaFlow.Registry;

/// <summary>Settings of a schema registry.</summary>
public sealed record RegistryOptions
{
    public required KafkaSettings Kafka { get; init; }

    /// <summary>Holds the state: one partition, compacted; created if it is absent. One registry per topic.</summary>
    public string Topic { get; init; } = "_schemas";

    /// <summary>An IP address, or <c>localhost</c>. Anything but loopback is logged with a warning.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>0 takes a free one.</summary>
    public int Port { get; init; } = 8081;

    /// <summary><c>user:password</c> that each request must bring; null lets everybody in.</summary>
    public string? BasicAuth { get; init; }

    /// <summary>With its private key: https instead of http. Stays the caller's.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>Largest request body; a schema must fit into one Kafka record.</summary>
    public int MaxBodyBytes { get; init; } = 1_000_000;

    /// <summary>Requests worked on at once; the others wait for at most <see cref="RequestTimeout"/>.</summary>
    public int MaxConcurrentRequests { get; init; } = 64;

    public int MaxConnections { get; init; } = 1_000;

    /// <summary>From the first byte of a request to its answer.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For each step with Kafka: topic, reading to the end, one write.</summary>
    public TimeSpan KafkaTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <exception cref="RegistryException">Names every setting that cannot be.</exception>
    public void Validate()
    {
        var wrong = new List<string>(Kafka.Problems());
        if (Topic.Length is 0 or > 249) wrong.Add("Topic: expected the name of a topic");
        if (Host != "localhost" && !System.Net.IPAddress.TryParse(Host, out _))
            wrong.Add($"Host: expected an IP address or localhost, found '{Host}'");
        if (Port is < 0 or > 65535) wrong.Add($"Port: expected 0..65535, found {Port}");
        if (BasicAuth is not null && !BasicAuth.Contains(':', StringComparison.Ordinal))
            wrong.Add("BasicAuth: expected user:password, found no ':'");
        if (Certificate is { HasPrivateKey: false }) wrong.Add("Certificate: expected one with its private key");
        if (MaxBodyBytes is < 1 or > 1_000_000)
            wrong.Add($"MaxBodyBytes: expected 1..1000000, which fits a record, found {MaxBodyBytes}");
        if (MaxConcurrentRequests < 1)
            wrong.Add($"MaxConcurrentRequests: expected 1 or more, found {MaxConcurrentRequests}");
        if (MaxConnections < 1) wrong.Add($"MaxConnections: expected 1 or more, found {MaxConnections}");
        if (RequestTimeout <= TimeSpan.Zero) wrong.Add($"RequestTimeout: expected more than 0, found {RequestTimeout}");
        if (KafkaTimeout <= TimeSpan.Zero) wrong.Add($"KafkaTimeout: expected more than 0, found {KafkaTimeout}");
        if (wrong.Count > 0) throw new RegistryException(string.Join("; ", wrong));
    }
}

/// <summary>The registry cannot start: the message names the setting, topic or port and what to do.</summary>
public sealed class RegistryException(string message, Exception? inner = null) : Exception(message, inner);
