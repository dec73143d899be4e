using System.Text;
using Confluent.Kafka;
using KafkaFlow.Contracts;
using KafkaFlow.Kafka;
using KafkaFlow.Serdes;
using KafkaFlow.Testing;
using Microsoft.Extensions.Logging.Abstractions;

[assembly: AssemblyFixture(typeof(KafkaCluster))]
[assembly: AssemblyFixture(typeof(PostgresCluster))]

namespace KafkaFlow.Workers.Tests;

/// <summary>One prefix on the Kafka of this run: writes tasks, reads answers.</summary>
internal sealed class Cluster : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly IProducer<byte[]?, byte[]?> _producer;
    private readonly List<Answer> _answers = [];
    private TopicReader _commands;

    private Cluster(string bootstrap, string prefix)
    {
        Settings = new KafkaSettings { Bootstrap = bootstrap };
        Topics = new TopicNames(prefix);
        _producer = KafkaClients.Producer(KafkaClients.ProducerConfig(Settings, "test-tasks"));
        Serdes = RecordSerdes.Create(Settings, Topics);
        _commands = new TopicReader(Settings, Topics.Commands);
    }

    public RecordSerdes Serdes { get; }
    public KafkaSettings Settings { get; }
    public TopicNames Topics { get; }

    public static async Task<Cluster> CreateAsync(KafkaCluster kafka, params string[] nodeTypes) =>
        await CreateAsync(await kafka.BootstrapAsync(), nodeTypes);

    public static async Task<Cluster> CreateAsync(string bootstrap, params string[] nodeTypes)
    {
        var cluster = new Cluster(bootstrap, KafkaCluster.NewPrefix());
        using var admin = new TopicAdmin(cluster.Settings);
        await admin.ApplyAsync(cluster.Topics.Prefix);
        foreach (var type in nodeTypes) await admin.EnsureTasksTopicAsync(cluster.Topics.Prefix, type);
        return cluster;
    }

    public TaskRecord TaskOf(string nodeType, string input, string execution) =>
        Tasks.Of(nodeType, input, execution, replyTopic: Topics.Commands, replyPartition: 2);

    public Task SendAsync(TaskRecord task, int partition = 0) =>
        SendAsync(Topics.Tasks(task.NodeType), partition, task.TaskId, Serdes.Encode(task));

    public async Task SendAsync(string topic, int partition, string key, byte[] value) => await _producer.ProduceAsync(
        new TopicPartition(topic, partition),
        new Message<byte[]?, byte[]?> { Key = Encoding.UTF8.GetBytes(key), Value = value });

    public Task ControlAsync(string taskId, string action) => SendAsync(
        Topics.TaskControl, 0, taskId,
        Encoding.UTF8.GetBytes($$"""{"task_id":"{{taskId}}","action":"{{action}}","reason":"test","created_at":"2026-01-01T00:00:00Z"}"""));

    /// <summary>All answers so far.</summary>
    public IReadOnlyList<Answer> Answers()
    {
        _commands.ReadToEnd(record => _answers.Add(new Answer(
            Serdes.DecodeCommand(record.Message.Value).Record!, record.Partition.Value,
            Encoding.UTF8.GetString(record.Message.Key!), HeadersOf(record.Message.Headers))), Limit);
        return _answers;
    }

    public async Task<IReadOnlyList<Answer>> AnswersAsync(int count, Func<Answer, bool>? which = null, TimeSpan? limit = null) =>
        await Wait.ForAsync(() => Answers().Where(which ?? (a => a.IsFinal)).ToList() is var found && found.Count >= count ? found : null, limit);

    /// <summary>After a restart of the broker: a reader that was idle meanwhile knows the old leaders only.</summary>
    public void ReadAnew()
    {
        _commands.Dispose();
        _commands = new TopicReader(Settings, Topics.Commands);
        _answers.Clear();
    }

    public List<ConsumeResult<byte[]?, byte[]?>> DeadLetters()
    {
        var found = new List<ConsumeResult<byte[]?, byte[]?>>();
        using var reader = new TopicReader(Settings, Topics.Dlq);
        reader.ReadToEnd(found.Add, Limit);
        return found;
    }

    public long Committed(string nodeType, int partition)
    {
        var config = KafkaClients.ConsumerConfig(Settings, "test-offsets", Topics.WorkerGroup(nodeType));
        using var consumer = KafkaClients.Consumer(config);
        return consumer.Committed([new TopicPartition(Topics.Tasks(nodeType), partition)], Limit)[0].Offset.Value;
    }

    public static Dictionary<string, string> HeadersOf(Headers headers) =>
        headers.ToDictionary(h => h.Key, h => Encoding.UTF8.GetString(h.GetValueBytes()));

    public void Dispose()
    {
        _commands.Dispose();
        _producer.Dispose();
        Serdes.Dispose();
    }

    internal sealed record Answer(Command Command, int Partition, string Key, Dictionary<string, string> Headers)
    {
        public bool IsFinal => Command.EventType is CommandTypes.ActionCompleted or CommandTypes.ActionFailed;
    }
}

/// <summary>A host in this process; leaving the scope drains it.</summary>
internal sealed class RunningHost : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    private RunningHost(WorkerHost host) => _running = host.RunAsync(_stop.Token);

    public static async Task<RunningHost> StartAsync(
        Cluster cluster, IReadOnlyList<ITaskHandler> handlers, Func<WorkerOptions, WorkerOptions>? with = null)
    {
        var options = new WorkerOptions { Topics = cluster.Topics, WorkerId = "worker-1" };
        var host = new WorkerHost(
            with is null ? options : with(options), handlers, cluster.Serdes, cluster.Settings, NullLoggerFactory.Instance);
        var running = new RunningHost(host);
        await host.Ready.WaitAsync(TimeSpan.FromSeconds(60));
        return running;
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(TimeSpan.FromSeconds(60));
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }
}
