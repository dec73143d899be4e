using System.Diagnostics;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaFlow.Kafka;

/// <summary>
/// Makes the clients of this project, all with the same settings: no linger, no Nagle, acks of all replicas. Keys and
/// values are bytes. Client ids are short: librdkafka before 2.5 overruns a buffer with long ones.
/// </summary>
public static class KafkaClients
{
    /// <summary>Poll slice of clients that are made for one question: closing one waits for up to a slice.</summary>
    public const int ShortLivedPollMs = 5;

    /// <summary>Longest wait of a fetch of those that stay: as often an idle consumer asks the broker.</summary>
    internal const int IdleFetchMs = 50;

    private const int MaxClientIdLength = 48;
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ProbePause = TimeSpan.FromMilliseconds(100);

    /// <summary>A consumer that stores and commits no offset by itself.</summary>
    /// <param name="groupId">null for a reader that assigns partitions by hand.</param>
    public static ConsumerConfig ConsumerConfig(
        KafkaSettings settings, string clientId, string? groupId = null, bool readCommitted = false)
    {
        var config = new ConsumerConfig
        {
            GroupId = groupId ?? $"reader-{clientId}",
            IsolationLevel = readCommitted ? IsolationLevel.ReadCommitted : IsolationLevel.ReadUncommitted,
            EnableAutoCommit = false,
            EnableAutoOffsetStore = false,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            PartitionAssignmentStrategy = PartitionAssignmentStrategy.Range,
            SessionTimeoutMs = 10_000,
            HeartbeatIntervalMs = 3_000,
            MaxPollIntervalMs = 300_000,
            FetchMinBytes = 1,
            // There is one fetch at a time to a broker: a partition that is added or moved waits for it.
            FetchWaitMaxMs = groupId is null ? 10 : IdleFetchMs,
            // Below these thresholds librdkafka 2.0 looks again only once a second.
            QueuedMinMessages = 100_000,
            QueuedMaxMessagesKbytes = 64 * 1024,
            CheckCrcs = true,
        };
        return Complete(config, settings, clientId);
    }

    /// <summary>An idempotent producer without linger: a record goes out at once.</summary>
    public static ProducerConfig ProducerConfig(KafkaSettings settings, string clientId)
    {
        var config = new ProducerConfig
        {
            Acks = Acks.All,
            EnableIdempotence = true,
            LingerMs = 0,
            MessageTimeoutMs = 120_000,
            QueueBufferingMaxMessages = 200_000,
            QueueBufferingMaxKbytes = 256 * 1024,
            MessageMaxBytes = 1_048_588,
            Partitioner = Partitioner.Murmur2Random,
        };
        return Complete(config, settings, clientId);
    }

    /// <summary>The producer of facts: idempotent, without a message timeout, and stopped by the first record it would
    /// have to leave out.</summary>
    public static ProducerConfig GaplessProducerConfig(KafkaSettings settings, string clientId)
    {
        var config = ProducerConfig(settings, clientId);
        config.EnableGaplessGuarantee = true;
        config.MessageTimeoutMs = 0;
        return config;
    }

    /// <summary>A transactional producer, for checkpoints off the path of a task.</summary>
    public static ProducerConfig TransactionalProducerConfig(
        KafkaSettings settings, string clientId, string transactionalId)
    {
        var config = ProducerConfig(settings, clientId);
        config.TransactionalId = transactionalId;
        config.TransactionTimeoutMs = 60_000;
        config.MessageTimeoutMs = 60_000;
        config.LingerMs = 5;
        return config;
    }

    public static AdminClientConfig AdminConfig(KafkaSettings settings, string clientId) =>
        Complete(new AdminClientConfig { CancellationDelayMaxMs = ShortLivedPollMs }, settings, clientId);

    public static IProducer<byte[]?, byte[]?> Producer(ProducerConfig config, ILogger? logger = null)
    {
        var log = new ClientLog(config, logger ?? NullLogger.Instance);
        return Build(config, () => new ProducerBuilder<byte[]?, byte[]?>(config)
            .SetLogHandler((_, m) => log.Write(m)).SetErrorHandler((_, e) => log.Failed(e)).Build());
    }

    public static IConsumer<byte[]?, byte[]?> Consumer(ConsumerConfig config, ILogger? logger = null) =>
        Build(config, ConsumerBuilder(config, logger).Build);

    /// <summary>For those who add rebalance handlers before building.</summary>
    public static ConsumerBuilder<byte[]?, byte[]?> ConsumerBuilder(ConsumerConfig config, ILogger? logger = null)
    {
        KafkaNative.EnsureLoaded();
        var log = new ClientLog(config, logger ?? NullLogger.Instance);
        return new ConsumerBuilder<byte[]?, byte[]?>(config)
            .SetLogHandler((_, m) => log.Write(m)).SetErrorHandler((_, e) => log.Failed(e));
    }

    public static IAdminClient Admin(KafkaSettings settings, string clientId = "kf-admin", ILogger? logger = null)
    {
        var config = AdminConfig(settings, clientId);
        var log = new ClientLog(config, logger ?? NullLogger.Instance);
        return Build(config, () => new AdminClientBuilder(config)
            .SetLogHandler((_, m) => log.Write(m)).SetErrorHandler((_, e) => log.Failed(e)).Build());
    }

    /// <summary>Returns once a broker has answered a metadata request.</summary>
    /// <exception cref="KafkaUnavailableException">None did within <paramref name="timeout"/>.</exception>
    public static void WaitForBroker(
        KafkaSettings settings, TimeSpan timeout, ILogger? logger = null, CancellationToken cancel = default)
    {
        using var admin = Admin(settings, "kf-probe", logger);
        var clock = Stopwatch.StartNew();
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                var left = timeout - clock.Elapsed;
                var wait = left < ProbeTimeout ? left : ProbeTimeout;
                if (admin.GetMetadata(wait > ProbePause ? wait : ProbePause).Brokers.Count > 0) return;
            }
            catch (KafkaException e)
            {
                if (clock.Elapsed >= timeout)
                {
                    throw new KafkaUnavailableException(
                        BrokerText.Unreachable(settings.Bootstrap, clock.Elapsed, e.Error.Reason), e);
                }
            }
            cancel.WaitHandle.WaitOne(ProbePause);
        }
    }

    /// <summary>Asks for the metadata of topics, so that the first record to each does not wait for it.</summary>
    /// <returns>How many partitions each topic has; 0 if it does not exist.</returns>
    /// <exception cref="KafkaUnavailableException">No answer within <paramref name="timeout"/>.</exception>
    public static IReadOnlyDictionary<string, int> WarmUp(Handle client, IEnumerable<string> topics, TimeSpan timeout)
    {
        using var admin = new DependentAdminClientBuilder(client).Build();
        try
        {
            return topics.ToDictionary(topic => topic, topic => Partitions(admin.GetMetadata(topic, timeout), topic));
        }
        catch (KafkaException e)
        {
            throw new KafkaUnavailableException(
                BrokerText.Unreachable("the bootstrap address", timeout, e.Error.Reason), e);
        }
    }

    /// <returns>How many partitions a topic has by the answer; 0 if it does not exist.</returns>
    public static int Partitions(Metadata metadata, string topic)
    {
        var found = metadata.Topics.Find(t => t.Topic == topic);
        return found is null || found.Error.Code == ErrorCode.UnknownTopicOrPart ? 0 : found.Partitions.Count;
    }

    private static T Complete<T>(T config, KafkaSettings settings, string clientId) where T : ClientConfig
    {
        var problems = settings.Problems();
        if (problems.Count > 0) throw new KafkaSettingsException(string.Join('\n', problems));
        config.BootstrapServers = settings.Bootstrap;
        config.ClientId = clientId.Length <= MaxClientIdLength ? clientId : clientId[..MaxClientIdLength];
        config.SocketNagleDisable = true;
        config.SocketKeepaliveEnable = true;
        config.LogConnectionClose = false;
        config.ReconnectBackoffMs = 50;
        config.ReconnectBackoffMaxMs = 2_000;
        config.TopicMetadataRefreshFastIntervalMs = 100;
        // Asking a broker for a topic, or producing to it, would create it there with the broker's own configs.
        config.Set("allow.auto.create.topics", "false");
        foreach (var (key, value) in settings.Raw) config.Set(key, value);
        return config;
    }

    private static T Build<T>(ClientConfig config, Func<T> build)
    {
        KafkaNative.EnsureLoaded();
        try
        {
            return build();
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or KafkaException)
        {
            throw new KafkaSettingsException($"Kafka client {config.ClientId} refused its settings: {e.Message}", e);
        }
    }
}
