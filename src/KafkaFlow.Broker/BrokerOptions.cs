using System.Net;
using KafkaFlow.Broker.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaFlow.Broker;

/// <summary>When written data is forced to the device. A killed process loses nothing in any case; only a crash of the
/// machine does.</summary>
public enum FlushPolicy
{
    /// <summary>As a segment ends and as the broker stops.</summary>
    OnRoll,

    /// <summary>Before every answer to a producer.</summary>
    Each,
}

/// <summary>Settings of an embedded broker.</summary>
public sealed record BrokerOptions
{
    /// <summary>Where data is kept; null keeps it in memory.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>Memory that outlives the broker, for tests of restarts; only without a directory.</summary>
    public MemoryFiles? Memory { get; init; }

    /// <summary>Where to listen. Anything but loopback is logged with a warning: there is no access control.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>Host told to clients; null tells the address, or the machine's name where it listens on all of
    /// them.</summary>
    public string? AdvertisedHost { get; init; }

    /// <summary>Whether a producer's metadata request makes a topic.</summary>
    public bool AutoCreateTopics { get; init; }

    /// <summary>Partitions of a topic whose creator does not say.</summary>
    public int DefaultPartitions { get; init; } = 1;

    /// <summary>Refuses more replicas than one, as a Kafka of one node does.</summary>
    public bool StrictReplication { get; init; }

    public FlushPolicy Flush { get; init; } = FlushPolicy.OnRoll;

    /// <summary>Pause between passes of retention.</summary>
    public TimeSpan RetentionInterval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Pause between passes of compaction.</summary>
    public TimeSpan CleaningInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Defaults of topic settings, by the topic's name of them, as <c>segment.bytes</c>.</summary>
    public IReadOnlyDictionary<string, string> TopicDefaults { get; init; } = new Dictionary<string, string>();

    public int MaxConnections { get; init; } = 12_000;

    public int MaxRequestBytes { get; init; } = 100 * 1024 * 1024;

    /// <summary>Bytes of large requests of all connections together; where they are more, the connection that holds
    /// most is closed.</summary>
    public long MaxBufferedBytes { get; init; } = 256 * 1024 * 1024;

    /// <summary>Partitions of all topics together.</summary>
    public int MaxPartitions { get; init; } = 20_000;

    /// <summary>Members of one group.</summary>
    public int MaxGroupSize { get; init; } = 1_000;

    /// <summary>A connection that asks nothing for so long is closed.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>A client that has sent part of a request and nothing more for so long is closed.</summary>
    public TimeSpan ReceiveTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A client that does not read its answer for so long is closed.</summary>
    public TimeSpan SendTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The process's thread pool is told to have so many threads without hesitation, if it is told fewer: a
    /// host that blocks threads of the pool would else hold up the broker for a second each.</summary>
    public int MinPoolThreads { get; init; } = 16;

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public BrokerFaults Faults { get; init; } = new();

    public ILoggerFactory Logging { get; init; } = NullLoggerFactory.Instance;

    /// <exception cref="BrokerException">Names every setting that cannot be.</exception>
    public void Validate()
    {
        var wrong = new List<string>();
        if (DataDirectory is not null && Memory is not null) wrong.Add(
            "DataDirectory and Memory: expected one, found both");
        if (Port is < 0 or > 65535) wrong.Add($"Port: expected 0..65535, found {Port}");
        if (DefaultPartitions < 1) wrong.Add($"DefaultPartitions: expected at least 1, found {DefaultPartitions}");
        if (MaxConnections < 1) wrong.Add($"MaxConnections: expected at least 1, found {MaxConnections}");
        if (MaxRequestBytes < 1024) wrong.Add($"MaxRequestBytes: expected at least 1024, found {MaxRequestBytes}");
        if (MaxBufferedBytes < MaxRequestBytes)
            wrong.Add($"MaxBufferedBytes: expected at least MaxRequestBytes, found {MaxBufferedBytes}");
        if (MaxPartitions < 1) wrong.Add($"MaxPartitions: expected at least 1, found {MaxPartitions}");
        if (MaxGroupSize < 1) wrong.Add($"MaxGroupSize: expected at least 1, found {MaxGroupSize}");
        foreach (var (name, value) in TopicDefaults)
            if (Catalog.TopicConfig.ProblemOf(name, value) is { } problem) wrong.Add($"TopicDefaults: {problem}");
        if (wrong.Count > 0) throw new BrokerException(string.Join("; ", wrong));
    }
}
