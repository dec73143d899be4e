using System.Text;
using Confluent.Kafka;
using KafkaFlow.Cli.Output;
using KafkaFlow.Cli.Settings;
using KafkaFlow.Contracts;
using KafkaFlow.Kafka;
using KafkaFlow.Serdes;
using KafkaFlow.Serdes.Registry;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Cli.Local;

/// <summary>Where a command was appended.</summary>
internal sealed record Appended(string ExecutionId, string EventId, string Topic, int Partition, long Offset);

/// <summary>What client commands do with the cluster: append commands and playbooks. Owns a producer.</summary>
internal sealed class Cluster : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ProduceTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan MetadataTimeout = TimeSpan.FromSeconds(10);
    private readonly IProducer<byte[]?, byte[]?> _producer;
    private readonly WarmTopics _warm;
    private int _partitions;

    public Cluster(CliSettings settings, IRecordSerdes serdes)
    {
        Settings = settings;
        Serdes = serdes;
        _producer = KafkaClients.Producer(KafkaClients.ProducerConfig(settings.Kafka, "kf-cli"));
        _warm = new WarmTopics(_producer.Handle);
    }

    /// <summary>Waits for the broker, then makes the codecs of its records.</summary>
    /// <exception cref="KafkaUnavailableException">No broker answers.</exception>
    public static Task<Cluster> ConnectAsync(CliSettings settings, ILoggerFactory loggers, CancellationToken cancel)
    {
        KafkaClients.WaitForBroker(settings.Kafka, ConnectTimeout, cancel: cancel);
        return Task.FromResult(new Cluster(settings, Codecs.For(settings, loggers)));
    }

    public CliSettings Settings { get; }

    public IRecordSerdes Serdes { get; }

    public TopicNames Topics => Settings.Topics;

    /// <summary>Partition of an execution's commands and events.</summary>
    public int PartitionOf(string executionId)
    {
        if (_partitions == 0)
            _partitions = KafkaClients.WarmUp(_producer.Handle, [Topics.Commands], MetadataTimeout)[Topics.Commands];
        if (_partitions == 0)
            throw CliException.Unavailable(
                $"topic {Topics.Commands} does not exist on {Settings.Bootstrap}",
                    "create the topics with: kafkaflow topics apply");
        return Murmur2.Partition(Encoding.UTF8.GetBytes(executionId), _partitions);
    }

    public async Task<Appended> AppendAsync(Command command, CancellationToken cancel)
    {
        var message = new Message<byte[]?, byte[]?>
        {
            Key = Encoding.UTF8.GetBytes(command.ExecutionId),
            Value = Serdes.Encode(command),
            Headers = new Headers { { HeaderNames.EventType, Encoding.UTF8.GetBytes(command.EventType) } },
        };
        var at = await ProduceAsync(new TopicPartition(Topics.Commands, PartitionOf(command.ExecutionId)), message,
            cancel);
        return new Appended(command.ExecutionId, command.EventId ?? "", at.Topic, at.Partition.Value, at.Offset.Value);
    }

    public async Task<long> AppendAsync(PlaybookRecord playbook, CancellationToken cancel)
    {
        var message = new Message<byte[]?, byte[]?>
        {
            Key = Encoding.UTF8.GetBytes(playbook.Key), Value = Serdes.Encode(playbook),
        };
        return (await ProduceAsync(new TopicPartition(Topics.Playbooks, 0), message, cancel)).Offset.Value;
    }

    private async Task<TopicPartitionOffset> ProduceAsync(
        TopicPartition partition, Message<byte[]?, byte[]?> message, CancellationToken cancel)
    {
        try
        {
            _warm.Warm(partition.Topic);
            var result = await _producer.ProduceAsync(partition, message, cancel).WaitAsync(ProduceTimeout, cancel);
            return result.TopicPartitionOffset;
        }
        catch (Exception failure) when (failure is KafkaException or TimeoutException)
        {
            var reason = failure is KafkaException kafka ? kafka.Error.Reason
                : $"no acknowledgement after {ProduceTimeout.TotalSeconds:0} s";
            throw CliException.Unavailable(
                $"Kafka at {Settings.Bootstrap} did not take a record for {partition.Topic}: {reason}",
                "check that the broker runs and the topics exist: kafkaflow topics check");
        }
    }

    public void Dispose() => _producer.Dispose();
}

/// <summary>The codecs of records as the settings ask for them.</summary>
internal static class Codecs
{
    public static RecordSerdes For(CliSettings settings, ILoggerFactory loggers)
    {
        try
        {
            var registry = settings.Registry.Length == 0
                ? null
                : RegistrySettings.Parse(settings.Registry, settings.RegistryAuth, settings.RegistryCa);
            return RecordSerdes.Create(settings.Kafka, settings.Topics, registry,
                loggers.CreateLogger("KafkaFlow.Serdes"));
        }
        catch (ArgumentException bad)
        {
            throw new CliException(ExitCodes.Usage, "bad_registry",
                bad.Message) { Where = "--registry / KAFKAFLOW_REGISTRY" };
        }
    }
}
