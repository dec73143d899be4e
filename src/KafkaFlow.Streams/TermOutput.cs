using Confluent.Kafka;
using KafkaFlow.Kafka;

namespace KafkaFlow.Streams;

/// <summary>
/// Sends what one term decides: facts through the term's own gapless producer (rule R10), outputs through the
/// instance's. Nothing waits here, except outputs marked so for the facts of their own decision.
/// Owner's thread; deferred outputs leave from the fact producer's thread.
/// </summary>
internal sealed class TermOutput : IDisposable
{
    private readonly Topology _topology;
    private readonly RecordProducer _facts;
    private readonly RecordProducer _outputs;
    private readonly IReadOnlyDictionary<string, int> _partitions;
    private readonly InFlight _inFlight;
    private readonly SendQueue _queue;
    private readonly InstanceFailure _failure;
    private readonly TopicPartition _factsPartition;
    private readonly RecordHeader _epoch;
    private readonly HashSet<string> _known = [];
    private AckGroup _group;

    public TermOutput(Topology topology, Term term, RecordProducer facts, OutputPath path)
    {
        _topology = topology;
        _facts = facts;
        _outputs = path.Producer;
        _partitions = path.Partitions;
        _inFlight = path.InFlight;
        _queue = path.Queue;
        _failure = path.Failure;
        _factsPartition = new(topology.Facts.Topic, term.Partition);
        _epoch = FactHeaders.EpochOf(term.Epoch);
        _group = new(_inFlight, _failure);
    }

    /// <returns>The group of everything sent since the last call.</returns>
    public AckGroup NextGroup()
    {
        var closed = _group;
        _group = new(_inFlight, _failure);
        return closed;
    }

    public void SendFacts(IReadOnlyList<Fact> facts, IReadOnlyList<OutputRecord> outputs)
    {
        var deferred = Deferred(outputs);
        for (var i = 0; i < facts.Count; i++)
        {
            var onDelivery = deferred is not null && i == facts.Count - 1 ? deferred.OnLastFact : _group.OnFact;
            _group.Add();
            var headers = HeadersOf(facts[i], i + 1, facts.Count);
            _queue.Add(_facts, _factsPartition, facts[i].Key, facts[i].Value, headers, onDelivery);
        }
    }

    public void SendOutputs(IReadOnlyList<OutputRecord> outputs, bool afterFactsToo)
    {
        foreach (var output in outputs)
        {
            if (output.AfterFacts && !afterFactsToo) continue;
            _group.Add();
            var headers = ToHeaders(output.Headers);
            _queue.Add(_outputs, TargetOf(output), output.Key, output.Value, headers, _group.OnOutput);
        }
    }

    public void SendTimer(OutputRecord record, Action<DeliveryReport<byte[]?, byte[]?>> onDelivery)
    {
        _inFlight.Add();
        Send(record, onDelivery);
    }

    public void Dispose() => _facts.Dispose();

    private DeferredOutputs? Deferred(IReadOnlyList<OutputRecord> outputs)
    {
        List<OutputRecord>? waiting = null;
        foreach (var output in outputs)
        {
            if (!output.AfterFacts) continue;
            (waiting ??= []).Add(output);
            _group.Add();
        }
        return waiting is null ? null : new(this, _group, waiting);
    }

    private void Send(OutputRecord output, Action<DeliveryReport<byte[]?, byte[]?>> onDelivery)
    {
        _outputs.Produce(TargetOf(output), output.Key, output.Value, ToHeaders(output.Headers), onDelivery);
    }

    private TopicPartition TargetOf(OutputRecord output)
    {
        if (!IsKnown(output.Topic))
            throw new StreamsException($"output to topic {output.Topic}, which is no sink of the topology");
        return new(output.Topic, PartitionOf(output));
    }

    private bool IsKnown(string topic)
    {
        lock (_known)
        {
            if (_known.Contains(topic)) return true;
            if (!_topology.IsWritable(topic)) return false;
            _known.Add(topic);
            return true;
        }
    }

    private Partition PartitionOf(OutputRecord output)
    {
        if (output.Partition >= 0) return output.Partition;
        // librdkafka's murmur2 partitioner knows the partitions of topics that are not counted here.
        return output.Key is { } key && _partitions.TryGetValue(output.Topic, out var partitions)
            ? Murmur2.Partition(key, partitions)
            : Partition.Any;
    }

    private Headers HeadersOf(Fact fact, int part, int parts)
    {
        var headers = ToHeaders(fact.Headers) ?? [];
        headers.Add(_epoch.Name, _epoch.Value);
        var header = FactHeaders.PartOf(part, parts);
        headers.Add(header.Name, header.Value);
        return headers;
    }

    internal static Headers? ToHeaders(IReadOnlyList<RecordHeader> from)
    {
        if (from.Count == 0) return null;
        var headers = new Headers();
        foreach (var header in from) headers.Add(header.Name, header.Value);
        return headers;
    }

    /// <summary>Outputs of one decision that leave once its last fact is appended; facts are acknowledged in
    /// order.</summary>
    private sealed class DeferredOutputs(TermOutput owner, AckGroup group, List<OutputRecord> outputs)
    {
        public void OnLastFact(DeliveryReport<byte[]?, byte[]?> report)
        {
            var isAppended = !report.Error.IsError && report.Offset.Value >= 0;
            if (isAppended) SendAll();
            group.FactDelivered(report);
        }

        private void SendAll()
        {
            try
            {
                foreach (var output in outputs) owner.Send(output, group.OnOutput);
            }
            catch (Exception e) when (e is StreamsException or ObjectDisposedException)
            {
                owner._failure.Report(e);
            }
        }
    }
}

/// <summary>What all terms of an instance send through.</summary>
internal sealed record OutputPath(
    RecordProducer Producer, IReadOnlyDictionary<string, int> Partitions, InFlight InFlight, SendQueue Queue,
    InstanceFailure Failure);
