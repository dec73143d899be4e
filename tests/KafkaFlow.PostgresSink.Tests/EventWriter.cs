using System.Text;
using Confluent.Kafka;
using KafkaFlow.Contracts;
using KafkaFlow.Kafka;
using KafkaFlow.Serdes;
using KafkaFlow.Streams;

namespace KafkaFlow.PostgresSink.Tests;

/// <summary>
/// Fills the events topic as engines would, and as broken ones would: terms that end in the middle of a decision,
/// zombies whose facts are void, late owner records, tombstones, foreign and undecodable records, texts that Postgres
/// cannot store. Random, by seed. What is right is found by reading the topic, not known here.
/// </summary>
internal sealed class EventWriter : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly string _topic;
    private readonly Random _random;
    private readonly IProducer<byte[]?, byte[]?> _producer;
    private readonly RecordSerdes _serdes = RecordSerdes.Local();
    private readonly Term[] _partitions;
    private readonly bool _clean;

    /// <param name="clean">No terms and records that are void or broken.</param>
    public EventWriter(KafkaSettings kafka, string topic, int partitions, int seed, bool clean = false)
    {
        (_topic, _random, _clean) = (topic, new(seed), clean);
        _producer = KafkaClients.Producer(KafkaClients.ProducerConfig(kafka, "t-events"));
        _partitions = [.. Enumerable.Range(0, partitions).Select(p => new Term(p))];
    }

    public Dictionary<string, int> Made { get; } = [];

    public void Write(int decisions)
    {
        for (var i = 0; i < decisions; i++) WriteOne(_partitions[_random.Next(_partitions.Length)]);
        _producer.Flush(Limit);
    }

    public void Dispose()
    {
        _producer.Dispose();
        _serdes.Dispose();
    }

    private void WriteOne(Term term)
    {
        var chance = _random.Next(100);
        if (term.Epoch == 0 || chance < 3) Own(term);
        else if (!_clean && chance < 6) Unfinished(term);
        else if (!_clean && chance < 9) Zombie(term);
        else if (!_clean && chance < 11) Junk(term);
        Decide(term, term.Epoch);
        term.Accept();
    }

    private void Own(Term term)
    {
        Count("owner");
        term.Epoch += _random.Next(1, 50);
        SendOwner(term.Partition, term.Epoch);
    }

    /// <summary>The first parts of a decision; then another owner comes and decides otherwise.</summary>
    private void Unfinished(Term term)
    {
        Count("unfinished");
        var facts = term.Next(_random);
        var sent = _random.Next(1, facts.Count + 1) - 1;
        for (var i = 0; i < sent; i++) Send(term, facts[i], term.Epoch, i + 1, facts.Count);
        var old = term.Epoch;
        term.Forget();
        Own(term);
        // What was still on its way arrives after the owner record.
        for (var i = sent; i < facts.Count; i++) Send(term, facts[i], old, i + 1, facts.Count);
    }

    private void Zombie(Term term)
    {
        Count("zombie");
        SendOwner(term.Partition, _random.NextInt64(1, term.Epoch + 1));
        if (term.Epoch > 1) Decide(term, _random.NextInt64(1, term.Epoch));
        term.Forget();
    }

    private void Junk(Term term)
    {
        var kind = _random.Next(4);
        Count($"junk {kind}");
        if (kind == 0) Send(term.Partition, "some/1@1", null, []);
        else if (kind == 1) Send(term.Partition, "note", "not a fact"u8.ToArray(), []);
        else if (kind == 2)
            Send(term.Partition, "x/1@1", [0xC3, 1, 2, 3], [FactHeaders.EpochOf(term.Epoch), FactHeaders.PartOf(1, 1)]);
        else
        {
            // Not storable in Postgres, among others that are.
            var facts = term.Next(_random);
            var spoiled = facts.FindIndex(f => f.EventType is EventTypes.ExecutionStarted or EventTypes.SignalReceived
                or EventTypes.StaleResult || EventTypes.IsTerminal(f.EventType));
            if (spoiled >= 0) facts[spoiled] = facts[spoiled] with { WorkerId = "nul \0 in a text" };
            for (var i = 0; i < facts.Count; i++) Send(term, facts[i], term.Epoch, i + 1, facts.Count);
            term.Accept();
        }
    }

    private void Decide(Term term, long epoch)
    {
        Count("decision");
        var facts = term.Next(_random);
        for (var i = 0; i < facts.Count; i++) Send(term, facts[i], epoch, i + 1, facts.Count);
    }

    private void Send(Term term, ExecutionEvent fact, long epoch, int part, int parts)
    {
        var whole = fact with { Epoch = epoch, Part = part, Parts = parts };
        Send(
            term.Partition, ExecutionEvent.KeyOf(fact.ExecutionId, fact.Seq, epoch), _serdes.Encode(whole),
            [FactHeaders.EpochOf(epoch), FactHeaders.PartOf(part, parts)]);
    }

    private void SendOwner(int partition, long epoch) =>
        Send(
            partition, Encoding.UTF8.GetString(FactHeaders.OwnerKey(partition, epoch)), "owner"u8.ToArray(),
            [FactHeaders.EpochOf(epoch), FactHeaders.ControlOwner()]);

    private void Send(int partition, string key, byte[]? value, RecordHeader[] headers)
    {
        var message = new Message<byte[]?, byte[]?> { Key = Encoding.UTF8.GetBytes(key), Value = value, Headers = [] };
        foreach (var header in headers) message.Headers.Add(header.Name, header.Value);
        while (true)
        {
            try
            {
                _producer.Produce(new TopicPartition(_topic, partition), message);
                return;
            }
            catch (ProduceException<byte[]?, byte[]?> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
            {
                _producer.Poll(TimeSpan.FromMilliseconds(10));
            }
        }
    }

    private void Count(string what) => Made[what] = Made.GetValueOrDefault(what) + 1;
}
