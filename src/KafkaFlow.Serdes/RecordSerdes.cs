using KafkaFlow.Contracts;
using KafkaFlow.Kafka;
using KafkaFlow.Serdes.Codecs;
using KafkaFlow.Serdes.Registry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaFlow.Serdes;

/// <inheritdoc cref="IRecordSerdes"/>
public sealed class RecordSerdes : IRecordSerdes, IDisposable
{
    private readonly TopicNames _topics;
    private readonly SchemaRegistryClient? _registry;
    private readonly IDisposable? _store;
    private readonly WriterSchemas _schemas;
    private readonly CommandCodec _commandCodec = new();
    private readonly EventCodec _eventCodec = new();
    private readonly TaskCodec _taskCodec = new();
    private readonly PlaybookCodec _playbookCodec = new();
    private readonly RecordFormat<Command> _commands;
    private readonly RecordFormat<ExecutionEvent> _events;
    private readonly RecordFormat<TaskRecord> _tasks;
    private readonly RecordFormat<PlaybookRecord> _playbooks;

    /// <param name="store">Disposed with this object if it is disposable.</param>
    /// <param name="registry">null: single-object encoding is written.</param>
    public RecordSerdes(
        TopicNames topics, ISchemaStore store, RegistrySettings? registry = null, ILogger? logger = null)
    {
        _topics = topics;
        _store = store as IDisposable;
        _registry = registry is null ? null : new SchemaRegistryClient(registry, logger);
        _schemas = new WriterSchemas(store, _registry, logger ?? NullLogger.Instance);
        _commands = new(_commandCodec, _schemas, _ => topics.Commands);
        _events = new(_eventCodec, _schemas, _ => topics.Events);
        _tasks = new(_taskCodec, _schemas, task => topics.Tasks(task.NodeType));
        _playbooks = new(_playbookCodec, _schemas, _ => topics.Playbooks);
    }

    /// <summary>With the cluster's schemas topic; nothing is connected before it is needed.</summary>
    public static RecordSerdes Create(
        KafkaSettings kafka, TopicNames topics, RegistrySettings? registry = null, ILogger? logger = null) =>
        new(topics, new SchemasTopic(kafka, topics.Schemas, logger), registry, logger);

    /// <summary>Without Kafka and registry: reads what it, or a process of the same version, has written.</summary>
    public static RecordSerdes Local(TopicNames? topics = null) =>
        new(topics ?? new TopicNames(TopicNames.DefaultPrefix), new LocalSchemas());

    public Decoded<Command> DecodeCommand(ReadOnlySpan<byte> bytes) => _commands.Decode(bytes);

    public Decoded<ExecutionEvent> DecodeEvent(ReadOnlySpan<byte> bytes) => _events.Decode(bytes);

    public Decoded<TaskRecord> DecodeTask(ReadOnlySpan<byte> bytes) => _tasks.Decode(bytes);

    public Decoded<PlaybookRecord> DecodePlaybook(ReadOnlySpan<byte> bytes) => _playbooks.Decode(bytes);

    public byte[] Encode(Command record) => _commands.Encode(record);

    public byte[] Encode(ExecutionEvent record) => _events.Encode(record);

    public byte[] Encode(TaskRecord record) => _tasks.Encode(record);

    public byte[] Encode(PlaybookRecord record) => _playbooks.Encode(record);

    /// <summary>Makes our schemas known now, so that the first record does not wait for it. In a registry, that of
    /// tasks is registered per node type at first use.</summary>
    /// <exception cref="SchemaUnavailableException">Registry or schemas topic cannot be reached.</exception>
    public void Prepare()
    {
        if (_schemas.UsesRegistry)
        {
            _schemas.IdFor(_topics.Commands, _commandCodec.SchemaText);
            _schemas.IdFor(_topics.Events, _eventCodec.SchemaText);
            _schemas.IdFor(_topics.Playbooks, _playbookCodec.SchemaText);
            return;
        }
        _schemas.EnsurePublished(_commandCodec.Schema, _commandCodec.SchemaText);
        _schemas.EnsurePublished(_eventCodec.Schema, _eventCodec.SchemaText);
        _schemas.EnsurePublished(_taskCodec.Schema, _taskCodec.SchemaText);
        _schemas.EnsurePublished(_playbookCodec.Schema, _playbookCodec.SchemaText);
    }

    public void Dispose()
    {
        _registry?.Dispose();
        _store?.Dispose();
    }
}
