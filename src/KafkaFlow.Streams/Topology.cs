namespace KafkaFlow.Streams;

/// <summary>
/// Names the parts of one stream processor and wires the runtime: it reads every topic name from here and produces to
/// no topic that is not a sink of it. One sub-topology: one source, one processor, one store, sinks.
/// </summary>
public sealed class Topology
{
    private readonly Dictionary<string, SinkNode> _exact = [];
    private readonly List<SinkNode> _prefixes = [];
    private readonly List<SinkNode> _sinks = [];

    public required SourceNode Source { get; init; }
    public required ProcessorNode Processor { get; init; }
    public required StoreNode Store { get; init; }

    /// <summary>Where facts go; its partitions are numbered as the source's.</summary>
    public required SinkNode Facts { get; init; }

    /// <summary>Where outputs may go.</summary>
    public IReadOnlyList<SinkNode> Sinks
    {
        get => _sinks;
        init
        {
            _sinks.AddRange(value);
            foreach (var sink in _sinks)
                if (sink.IsPrefix) _prefixes.Add(sink);
                else _exact[sink.Topic] = sink;
        }
    }

    /// <returns>The sink that leads to <paramref name="topic"/>; the source's own topic is always one.</returns>
    public bool IsWritable(string topic)
    {
        if (_exact.ContainsKey(topic) || topic == Source.Topic) return true;
        foreach (var sink in _prefixes)
            if (topic.StartsWith(sink.TopicPrefix, StringComparison.Ordinal)) return true;
        return false;
    }

    /// <exception cref="StreamsException">Two parts have one name, or one topic has two parts.</exception>
    public void Validate()
    {
        string[] names = [Source.Name, Processor.Name, Store.Name, Facts.Name, .. Sinks.Select(s => s.Name)];
        if (names.GroupBy(n => n).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new StreamsException(
                $"topology: the name '{twice.Key}' is given to {twice.Count()} parts; expected 1");
        string[] own = [Source.Topic, Facts.Topic, Store.Changelog];
        if (own.Distinct().Count() < own.Length)
            throw new StreamsException(
                $"topology: source, facts and changelog share a topic: {string.Join(", ", own)}");
        foreach (var sink in Sinks)
            if (sink.Topic == Facts.Topic || sink.Topic == Store.Changelog)
                throw new StreamsException(
                    $"topology: sink '{sink.Name}' writes {sink.Topic}, which only the runtime may");
    }

    public TopologyModel ToModel() => new([new(
        [new(Source.Name, [Source.Topic], [Processor.Name])],
        [new(Processor.Name, [Store.Name], [Source.Name], [Facts.Name, .. Sinks.Select(s => s.Name)])],
        [new(Store.Name, Store.Changelog)],
        [.. Sinks.Prepend(Facts).Select(s => new TopologyModel.Sink(s.Name, s.Topic, [Processor.Name]))])]);

    /// <summary>The text Kafka Streams prints for a topology.</summary>
    public string Describe() => ToModel().ToText();
}

/// <summary>The topic whose records are processed.</summary>
public sealed record SourceNode(string Name, string Topic);

public sealed record ProcessorNode(string Name);

/// <summary>A store per partition and the topic that fences it.</summary>
public sealed record StoreNode(string Name, string Changelog);

/// <param name="Topic">A topic, or all that start as this does where it ends in <c>*</c>.</param>
public sealed record SinkNode(string Name, string Topic)
{
    internal bool IsPrefix => Topic.EndsWith('*');
    internal string TopicPrefix => Topic.TrimEnd('*');
}
