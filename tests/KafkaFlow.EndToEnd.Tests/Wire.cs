using System.Globalization;
using System.Text;
using Confluent.Kafka;
using KafkaFlow.Contracts;
using KafkaFlow.Kafka;
using KafkaFlow.Serdes;
using KafkaFlow.Serdes.Registry;

namespace KafkaFlow.EndToEnd.Tests;

/// <summary>A record of the dead letter topic.</summary>
internal sealed record DeadLetter(byte[]? Value, IReadOnlyDictionary<string, string> Headers)
{
    public string Code => Headers[HeaderNames.DlqCode];
    public string Reason => Headers[HeaderNames.DlqReason];
}

/// <summary>
/// The topics of one prefix as a user of Kafka sees them: a plain producer without the product's codecs, the facts, the
/// tasks, the dead letters.
/// </summary>
internal sealed class Wire : IDisposable
{
    private const int RoomForAnything = 2 << 20;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);
    private static int s_ids;
    private readonly KafkaSettings _kafka;
    private readonly IProducer<byte[]?, byte[]?> _producer;
    private readonly RecordSerdes _serdes;
    private readonly TopicReader _dlq;
    private readonly Dictionary<string, List<DeadLetter>> _deadLetters = [];

    public Wire(string bootstrap, string prefix, string? registry = null)
    {
        _kafka = new KafkaSettings { Bootstrap = bootstrap };
        Topics = new TopicNames(prefix);
        var config = KafkaClients.ProducerConfig(_kafka, "test");
        config.MessageMaxBytes = RoomForAnything;
        _producer = KafkaClients.Producer(config);
        _serdes = RecordSerdes.Create(_kafka, Topics, registry is null ? null : RegistrySettings.Parse(registry));
        _dlq = new TopicReader(_kafka, Topics.Dlq);
        Facts = new FactLog(_kafka, Topics, _serdes);
        Partitions = KafkaClients.WarmUp(_producer.Handle, [Topics.Commands], Limit)[Topics.Commands];
    }

    public TopicNames Topics { get; }

    public int Partitions { get; }

    public FactLog Facts { get; }

    public int PartitionOf(string execution) => Murmur2.Partition(Encoding.UTF8.GetBytes(execution), Partitions);

    /// <summary>A new execution id whose commands belong to <paramref name="partition"/>.</summary>
    public string NewId(int partition)
    {
        while (true)
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"{Topics.Prefix}-run-{Interlocked.Increment(ref s_ids)}");
            if (PartitionOf(id) == partition) return id;
        }
    }

    /// <param name="partition">null: murmur2 of the key.</param>
    public async Task<TopicPartitionOffset> SendAsync(
        byte[] value, string key, int? partition = null, params (string Name, string Value)[] headers)
    {
        var message = new Message<byte[]?, byte[]?> { Key = Encoding.UTF8.GetBytes(key), Value = value, Headers = [] };
        foreach (var (name, text) in headers) message.Headers.Add(name, Encoding.UTF8.GetBytes(text));
        var to = new TopicPartition(Topics.Commands, partition ?? PartitionOf(key));
        return (await _producer.ProduceAsync(to, message).WaitAsync(Limit)).TopicPartitionOffset;
    }

    public Task<TopicPartitionOffset> SendAsync(string json, string key, int? partition = null) =>
        SendAsync(Encoding.UTF8.GetBytes(json), key, partition);

    public Task<TopicPartitionOffset> StartAsync(string execution, string playbook, string payload = "{}", int? partition = null) =>
        SendAsync(
            $$"""{"event_type":"execution_started","execution_id":"{{execution}}","playbook_path":"{{playbook}}","payload":{{payload}}}""",
            execution, partition);

    /// <summary>An answer to a task, as any worker may send it.</summary>
    public Task<TopicPartitionOffset> AnswerAsync(TaskRecord task, string resultJson) =>
        SendAsync(
            $$"""{"event_type":"action_completed","execution_id":"{{task.ExecutionId}}","task_id":"{{task.TaskId}}","activation":"{{task.Activation}}","attempt":{{task.Attempt}},"task_hash":"{{task.TaskHash}}","worker_id":"test","result":{{resultJson}}}""",
            task.ExecutionId, task.ReplyPartition);

    /// <summary>Waits for the task of an execution on the topic of a type that nobody serves.</summary>
    public async Task<TaskRecord> TaskOfAsync(string execution, string type)
    {
        using var reader = new TopicReader(_kafka, Topics.Tasks(type));
        for (var until = DateTime.UtcNow + Limit; ; await Task.Delay(Pause))
        {
            TaskRecord? found = null;
            reader.ReadToEnd(record =>
            {
                if (_serdes.DecodeTask(record.Message.Value).Record is { } task && task.ExecutionId == execution) found = task;
            }, Limit);
            if (found is not null) return found;
            Assert.True(DateTime.UtcNow < until, $"no task of {execution} within {Limit.TotalSeconds:0} s");
        }
    }

    /// <summary>Waits for the dead letter of the record that stands at <paramref name="at"/>; there is exactly one.</summary>
    public async Task<DeadLetter> DeadLetterOfAsync(TopicPartitionOffset at, TimeSpan? limit = null)
    {
        for (var until = DateTime.UtcNow + (limit ?? Limit); ; await Task.Delay(Pause))
        {
            if (DeadLettersOf(at) is { Count: > 0 } found) return Assert.Single(found);
            Assert.True(DateTime.UtcNow < until, $"no dead letter of {at}");
        }
    }

    public IReadOnlyList<DeadLetter> DeadLettersOf(TopicPartitionOffset at)
    {
        ReadDeadLetters();
        return _deadLetters.GetValueOrDefault($"{at.Topic}-{at.Partition.Value}@{at.Offset.Value}") ?? [];
    }

    public async Task<DeadLetter> DeadLetterAsync(Func<DeadLetter, bool> wanted)
    {
        for (var until = DateTime.UtcNow + Limit; ; await Task.Delay(Pause))
        {
            ReadDeadLetters();
            if (_deadLetters.Values.SelectMany(d => d).Where(wanted).ToList() is { Count: > 0 } found) return Assert.Single(found);
            Assert.True(DateTime.UtcNow < until, "no such dead letter");
        }
    }

    public int CountDeadLetters()
    {
        ReadDeadLetters();
        return _deadLetters.Values.Sum(d => d.Count);
    }

    private void ReadDeadLetters() => _dlq.ReadToEnd(record =>
    {
        var key = Encoding.UTF8.GetString(record.Message.Key!);
        if (!_deadLetters.TryGetValue(key, out var list)) _deadLetters[key] = list = [];
        var headers = record.Message.Headers.GroupBy(h => h.Key).ToDictionary(
            h => h.Key, h => Encoding.UTF8.GetString(h.Last().GetValueBytes()));
        list.Add(new DeadLetter(record.Message.Value, headers));
    }, Limit);

    public void Dispose()
    {
        Facts.Dispose();
        _dlq.Dispose();
        _serdes.Dispose();
        _producer.Dispose();
    }
}
