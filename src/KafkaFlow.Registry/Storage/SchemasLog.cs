using System.Diagnostics;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using KafkaFlow.Kafka;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Registry.Storage;

/// <summary>
/// The topic that holds the state. Owns a reader and a producer; calls block and are for one thread at a time.
/// A written record reaches the state only by being read, so that no answer can run ahead of the topic.
/// </summary>
internal sealed class SchemasLog : IDisposable
{
    private const int MaxRecordBytes = 1_048_000;
    private static readonly TimeSpan PollSlice = TimeSpan.FromMilliseconds(100);
    private readonly string _topic;
    private readonly TimeSpan _timeout;
    private readonly Action<RegistryRecord> _onRecord;
    private readonly ILogger _logger;
    private readonly TopicReader _reader;
    private readonly IProducer<byte[]?, byte[]?> _producer;
    private bool _isUnsettled = true;

    private SchemasLog(RegistryOptions options, Action<RegistryRecord> onRecord, ILogger logger)
    {
        _topic = options.Topic;
        _timeout = options.KafkaTimeout;
        _onRecord = onRecord;
        _logger = logger;
        _reader = new TopicReader(options.Kafka, _topic, logger: logger);
        var config = KafkaClients.ProducerConfig(options.Kafka, "kf-registry");
        // A record that stands there twice says the same once, so only the order matters; getting a producer id takes
        // longer than all else at the first write.
        config.EnableIdempotence = false;
        config.MaxInFlight = 1;
        config.MessageTimeoutMs = (int)_timeout.TotalMilliseconds;
        _producer = KafkaClients.Producer(config, logger);
    }

    /// <summary>Creates the topic if it is absent and reads it to its end.</summary>
    /// <exception cref="KafkaUnavailableException">Kafka does not answer.</exception>
    /// <exception cref="RegistryException">The topic would lose schemas, or cannot be created.</exception>
    public static SchemasLog Open(RegistryOptions options, Action<RegistryRecord> onRecord, ILogger logger)
    {
        EnsureTopic(options, logger);
        var log = new SchemasLog(options, onRecord, logger);
        try
        {
            // Waits for a topic that has just been made.
            log.Settle();
            // Without it the first write waits until the client looks for its topic, up to a second.
            KafkaClients.WarmUp(log._producer.Handle, [options.Topic], options.KafkaTimeout);
            return log;
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    /// <summary>Before a change is decided: after a write of unknown outcome the topic is read to its end.</summary>
    /// <exception cref="KafkaUnavailableException">The end was not reached in time.</exception>
    public void Settle()
    {
        if (!_isUnsettled) return;
        _reader.ReadToEnd(Read, _timeout);
        _isUnsettled = false;
    }

    /// <summary>Writes records in order and returns once all replicas have them and they are read.</summary>
    /// <exception cref="KafkaUnavailableException">Not known to be written; the next <see cref="Settle"/> tells.
    /// </exception>
    public void Append(IReadOnlyList<RegistryRecord> records)
    {
        _isUnsettled = true;
        var last = Write(records);
        var clock = Stopwatch.StartNew();
        while (_reader.Next[0] <= last)
        {
            if (_reader.Poll(PollSlice) is { } record) Read(record);
            else if (clock.Elapsed > _timeout)
                throw new KafkaUnavailableException($"topic {_topic}: record {last} was written but not read");
        }
        _isUnsettled = false;
    }

    private long Write(IReadOnlyList<RegistryRecord> records)
    {
        try
        {
            var sent = records.Select(Send).ToArray();
            // Longer than the client tries: nothing of a write that has failed may arrive behind the next one.
            return Task.WaitAll(sent, _timeout * 1.5)
                ? sent[^1].Result.Offset.Value
                : throw new KafkaUnavailableException(
                    $"topic {_topic}: no acknowledgement within {_timeout.TotalSeconds:0} s");
        }
        catch (Exception e) when (e is AggregateException { InnerException: KafkaException } or KafkaException)
        {
            var reason = ((e as KafkaException) ?? (KafkaException)e.InnerException!).Error.Reason;
            throw new KafkaUnavailableException($"topic {_topic} could not be written: {reason}", e);
        }
    }

    /// <returns>Whether the record is small enough to be written.</returns>
    public static bool Fits(RegistryRecord record)
    {
        var (key, value) = RecordFormat.Encode(record);
        return key.Length + (value?.Length ?? 0) <= MaxRecordBytes;
    }

    public void Dispose()
    {
        _producer.Dispose();
        _reader.Dispose();
    }

    private Task<DeliveryResult<byte[]?, byte[]?>> Send(RegistryRecord record)
    {
        var (key, value) = RecordFormat.Encode(record);
        return _producer.ProduceAsync(new TopicPartition(_topic, 0), new() { Key = key, Value = value });
    }

    private void Read(ConsumeResult<byte[]?, byte[]?> result)
    {
        if (!RecordFormat.TryDecode(result.Message.Key, result.Message.Value, out var record, out var problem))
            Log.RecordIgnored(_logger, _topic, result.Offset.Value, problem!);
        else if (record is not null)
            _onRecord(record);
    }

    private static void EnsureTopic(RegistryOptions options, ILogger logger)
    {
        using var admin = KafkaClients.Admin(options.Kafka, "kf-registry-admin", logger);
        try
        {
            var partitions = KafkaClients.Partitions(
                admin.GetMetadata(options.Topic, options.KafkaTimeout), options.Topic);
            if (partitions == 0) Create(admin, options);
            else Check(admin, options, partitions);
        }
        catch (KafkaException e)
        {
            var reason = e is CreateTopicsException { Results: [var first, ..] } ? first.Error.Reason : e.Error.Reason;
            throw new KafkaUnavailableException(
                $"topic {options.Topic} on Kafka at {options.Kafka.Bootstrap} cannot be had: {reason}", e);
        }
    }

    private static void Create(IAdminClient admin, RegistryOptions options)
    {
        var topic = new TopicSpecification
        {
            Name = options.Topic,
            NumPartitions = 1,
            ReplicationFactor = -1,
            Configs = new() { ["cleanup.policy"] = "compact" },
        };
        try
        {
            admin.CreateTopicsAsync([topic], new() { RequestTimeout = options.KafkaTimeout }).GetAwaiter().GetResult();
        }
        catch (CreateTopicsException e) when (e.Results[0].Error.Code == ErrorCode.TopicAlreadyExists)
        {
            Check(admin, options, 1);
        }
    }

    private static void Check(IAdminClient admin, RegistryOptions options, int partitions)
    {
        var resource = new ConfigResource { Type = ResourceType.Topic, Name = options.Topic };
        var results = admin.DescribeConfigsAsync([resource], new() { RequestTimeout = options.KafkaTimeout })
            .GetAwaiter().GetResult();
        var policy = results[0].Entries.TryGetValue("cleanup.policy", out var entry) ? entry.Value : "unknown";
        if (policy != "compact")
        {
            throw new RegistryException(
                $"topic {options.Topic}: cleanup.policy is {policy}, expected compact: schemas would be lost. "
                + $"Change it: kafka-configs.sh --bootstrap-server {options.Kafka.Bootstrap} --alter "
                + $"--topic {options.Topic} --add-config cleanup.policy=compact");
        }
        if (partitions != 1)
        {
            throw new RegistryException(
                $"topic {options.Topic} has {partitions} partitions, expected 1: its records need one order");
        }
    }
}
