using System.Collections.Immutable;
using KafkaFlow.Broker.Logs;
using KafkaFlow.Wire;

namespace KafkaFlow.Broker.Catalog;

/// <summary>
/// The topics of the broker. Readers take the current set without a lock; changes are one at a time, persisted before
/// they are seen.
/// </summary>
internal sealed class TopicCatalog
{
    /// <summary>Producer ids taken from the file at once; a crash loses the rest of a block.</summary>
    private const int ProducerIdBlock = 1000;

    private const int MaxNameLength = 249;
    private readonly Lock _gate = new();
    private readonly BrokerOptions _options;
    private readonly LogContext _context;
    private volatile ImmutableSortedDictionary<string, Topic> _topics =
        ImmutableSortedDictionary.Create<string, Topic>(StringComparer.Ordinal);

    private volatile ImmutableDictionary<Guid, Topic> _byId = ImmutableDictionary<Guid, Topic>.Empty;
    private long _nextProducerId;
    private long _reservedProducerId;

    public TopicCatalog(BrokerOptions options, LogContext context)
    {
        _options = options;
        _context = context;
        var state = CatalogFile.Read(context.Files) ?? new(NewClusterId(), 0, []);
        ClusterId = state.ClusterId;
        _nextProducerId = _reservedProducerId = state.NextProducerId;
        foreach (var topic in state.Topics) Put(Opened(topic.Name, topic.Id, topic.Partitions, topic.Config));
        DropStrayDirectories();
    }

    public string ClusterId { get; }

    public IEnumerable<Topic> Topics => _topics.Values;

    public Topic? Find(string name) => _topics.GetValueOrDefault(name);

    public Topic? Find(Guid id) => _byId.GetValueOrDefault(id);

    public PartitionLog? Log(string topic, int partition) => Find(topic)?.Partition(partition);

    /// <summary>A number no producer has had.</summary>
    public long NewProducerId()
    {
        lock (_gate)
        {
            if (_nextProducerId == _reservedProducerId)
            {
                _reservedProducerId += ProducerIdBlock;
                Save(_topics);
            }
            return _nextProducerId++;
        }
    }

    /// <returns>null if it can be made, else what is wrong.</returns>
    public static string? ProblemOfName(string name)
    {
        if (name.Length == 0) return "the empty string is not allowed";
        if (name is "." or "..") return $"'{name}' is not allowed";
        if (name.Length > MaxNameLength) return $"the length of '{name}' is longer than {MaxNameLength}";
        return name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-')
            ? null
            : $"'{name}' contains a character other than ASCII letters, digits, '.', '_' and '-'";
    }

    /// <summary>Makes a topic, or says why not.</summary>
    public (ErrorCode Error, string? Message) Create(
        string name, int partitions, IReadOnlyDictionary<string, string> config, bool validateOnly)
    {
        lock (_gate)
        {
            if (_topics.ContainsKey(name)) return (ErrorCode.TopicAlreadyExists, $"Topic '{name}' already exists.");
            if (ProblemOfCount(partitions) is { } problem) return (ErrorCode.InvalidPartitions, problem);
            if (validateOnly) return (ErrorCode.None, null);
            var topic = Opened(name, Guid.NewGuid(), partitions, config);
            Save(_topics.Add(name, topic));
            Put(topic);
            return (ErrorCode.None, null);
        }
    }

    public (ErrorCode Error, string? Message) Grow(string name, int partitions, bool validateOnly)
    {
        lock (_gate)
        {
            if (Find(name) is not { } topic)
                return (ErrorCode.UnknownTopicOrPartition, "This server does not host this topic-partition.");
            if (partitions == topic.Partitions.Count)
                return (ErrorCode.InvalidPartitions, $"Topic already has {partitions} partition(s).");
            if (partitions < topic.Partitions.Count)
            {
                return (ErrorCode.InvalidPartitions,
                    $"The topic {name} currently has {topic.Partitions.Count} partition(s); " +
                    $"{partitions} would not be an increase.");
            }
            if (ProblemOfCount(partitions - topic.Partitions.Count) is { } problem)
                return (ErrorCode.InvalidPartitions, problem);
            if (validateOnly) return (ErrorCode.None, null);
            var more = Enumerable.Range(topic.Partitions.Count, partitions - topic.Partitions.Count)
                .Select(index => PartitionLog.Open($"{name}-{index}", topic.Config.Log, _context));
            Change(topic with { Partitions = [.. topic.Partitions, .. more] });
            return (ErrorCode.None, null);
        }
    }

    public bool Delete(string name)
    {
        lock (_gate)
        {
            if (Find(name) is not { } topic) return false;
            Save(_topics.Remove(name));
            _topics = _topics.Remove(name);
            _byId = _byId.Remove(topic.Id);
            foreach (var log in topic.Partitions)
            {
                log.MarkDeleted();
                _context.Files.DeleteDirectory(log.Directory);
            }
            return true;
        }
    }

    /// <summary>Replaces what was set on a topic; the values are valid.</summary>
    public bool Configure(string name, IReadOnlyDictionary<string, string> config)
    {
        lock (_gate)
        {
            if (Find(name) is not { } topic) return false;
            var changed = topic with { Config = new(config, _options.TopicDefaults) };
            foreach (var log in topic.Partitions) log.Config = changed.Config.Log;
            Change(changed);
            return true;
        }
    }

    public void Close()
    {
        lock (_gate)
        {
            foreach (var log in _topics.Values.SelectMany(topic => topic.Partitions)) log.Close();
        }
    }

    private string? ProblemOfCount(int partitions)
    {
        if (partitions <= 0) return "Number of partitions was set to an invalid non-positive value.";
        var total = _topics.Values.Sum(topic => (long)topic.Partitions.Count) + partitions;
        return total > _options.MaxPartitions
            ? $"expected at most {_options.MaxPartitions} partitions in all topics, found {total}"
            : null;
    }

    private Topic Opened(string name, Guid id, int partitions, IReadOnlyDictionary<string, string> config)
    {
        var settings = new TopicConfig(config, _options.TopicDefaults);
        var logs = Enumerable.Range(0, partitions)
            .Select(index => PartitionLog.Open($"{name}-{index}", settings.Log, _context));
        return new(name, id, settings, [.. logs]);
    }

    private void Change(Topic topic)
    {
        Save(_topics.SetItem(topic.Name, topic));
        Put(topic);
    }

    private void Put(Topic topic)
    {
        _topics = _topics.SetItem(topic.Name, topic);
        _byId = _byId.SetItem(topic.Id, topic);
    }

    private void Save(ImmutableSortedDictionary<string, Topic> topics)
    {
        _context.Faults.Pass("catalog-before-write");
        CatalogFile.Write(_context.Files, new(ClusterId, _reservedProducerId, [.. topics.Values.Select(
            t => new TopicState(t.Name, t.Id, t.Partitions.Count, new(t.Config.Own.ToDictionary())))]));
        _context.Faults.Pass("catalog-written");
    }

    /// <summary>Directories of topics whose creation or deletion a crash has cut.</summary>
    private void DropStrayDirectories()
    {
        var known = _topics.Values.SelectMany(topic => topic.Partitions).Select(log => log.Directory).ToHashSet();
        foreach (var name in _context.Files.List("").Where(name => name.Contains('-', StringComparison.Ordinal)))
            if (!known.Contains(name) &&
                _context.Files.List(name).Any(f => f.EndsWith(".log", StringComparison.Ordinal)))
                _context.Files.DeleteDirectory(name);
    }

    private static string NewClusterId() =>
        Convert.ToBase64String(Guid.NewGuid().ToByteArray()).Replace('+', '-').Replace('/', '_').TrimEnd('=');
}

/// <summary>A topic and the logs of its partitions. Replaced as a whole when it grows or is configured.</summary>
internal sealed record Topic(string Name, Guid Id, TopicConfig Config, IReadOnlyList<PartitionLog> Partitions)
{
    public bool IsInternal => Name is InternalTopics.Offsets or InternalTopics.Transactions;

    public PartitionLog? Partition(int index) =>
        (uint)index < (uint)Partitions.Count ? Partitions[index] : null;
}

/// <summary>Topics of the coordinators; only they write them.</summary>
internal static class InternalTopics
{
    public const string Offsets = "__consumer_offsets";
    public const string Transactions = "__transaction_state";
}
