using System.Globalization;
using System.Text;
using KafkaFlow.Contracts;
using KafkaFlow.Engine;
using KafkaFlow.Streams;

namespace KafkaFlow.EngineHost;

/// <summary>
/// Removes what finished executions leave, once a repeated start need not be told apart any more. The inventory is one
/// key per finished execution, in order of the time it is due. One timer per partition, for its head: memory does not
/// grow with what has ended. A fired timer removes what is due at its append time, whoever wrote it, and arms the next.
/// Owner's thread, one per term.
/// </summary>
internal sealed class Retirement(Term term, TimeSpan startDedup, ExecutionStates states)
{
    public const string TimerSuffix = "/!retire";
    private const int MaxPerCommand = 64;
    private readonly byte[] _timer = Encoding.UTF8.GetBytes(AddressIn(term) + TimerSuffix);
    private byte[]? _head;
    private bool _isHeadKnown;

    public static bool IsTimer(Command fired) =>
        fired.EventType == CommandTypes.TimerFired
        && fired.TimerId?.StartsWith(fired.ExecutionId + TimerSuffix + "@", StringComparison.Ordinal) == true;

    /// <summary>Takes an execution into the inventory.</summary>
    /// <returns>When it is due.</returns>
    public long Add(ExecutionEvent terminal, IStateView view, Effects effects)
    {
        var dueMs = DecisionRecords.DueMs(terminal.CreatedAt) + (long)startDedup.TotalMilliseconds;
        var key = TransportKeys.Retiring(dueMs, terminal.ExecutionId);
        effects.Put(key, []);
        if (Head(view) is not { } head || head.AsSpan().SequenceCompareTo(key) > 0) ArmHead(key, effects);
        return dueMs;
    }

    /// <summary>At the start of a term: the head has its timer.</summary>
    public void Arm(IStateView view, Effects effects)
    {
        if (Head(view) is { } head) ArmHead(head, effects);
    }

    /// <summary>Removes what is due. Live and at takeover alike.</summary>
    public void Sweep(InputRecord input, IStateView view, Effects effects)
    {
        effects.ClearTimer(_timer);
        byte[]? next = null;
        var count = 0;
        foreach (var (key, _) in view.Scan(TransportKeys.AllRetiring))
        {
            if (TransportKeys.RetiringAt(key) > input.TimestampMs || count++ == MaxPerCommand)
            {
                next = key;
                break;
            }
            effects.Delete(key);
            Remove(key, input.Offset, view, effects);
        }
        (_head, _isHeadKnown) = (null, true);
        if (next is not null) ArmHead(next, effects);
    }

    private void Remove(byte[] key, long offset, IStateView view, Effects effects)
    {
        var execution = TransportKeys.RetiringExecution(key);
        var span = ExecutionSpan.Read(view.Get(TransportKeys.Span(execution)));
        if (span.StartOffset > offset)
        {
            // Input is being repeated and the id has been used again since: what stands here is the later run's.
            if (span.PriorRetireAtMs == TransportKeys.RetiringAt(key))
                effects.Put(TransportKeys.Span(execution), span.WithoutPrior().ToBytes());
            RemoveFollowing(execution, offset, view, effects);
        }
        else if (span.EndOffset >= 0 && span.RetireAtMs == TransportKeys.RetiringAt(key))
        {
            foreach (var (folded, _) in view.Scan(StateCodec.PrefixOf(execution))) effects.Delete(folded);
            effects.Delete(TransportKeys.Span(execution));
            effects.Delete(TransportKeys.Parent(execution));
            RemoveFollowing(execution, offset, view, effects);
            states.Forget(execution);
        }
    }

    /// <summary>What had followed from commands so far.</summary>
    private static void RemoveFollowing(string execution, long offset, IStateView view, Effects effects)
    {
        effects.Delete(TransportKeys.SeenIds(execution));
        foreach (var (key, _) in view.Scan(TransportKeys.WatermarksOf(execution))) effects.Delete(key);
        foreach (var (key, _) in view.Scan(TransportKeys.HeartbeatsOf(execution))) effects.Delete(key);
        foreach (var (key, _) in view.Scan(TransportKeys.HeldPrefix(execution)))
            if (TransportKeys.OffsetOf(key) < offset)
                HeldCommands.Release(execution, TransportKeys.OffsetOf(key), effects);
    }

    private byte[]? Head(IStateView view)
    {
        if (_isHeadKnown) return _head;
        foreach (var (key, _) in view.Scan(TransportKeys.AllRetiring))
        {
            _head = key;
            break;
        }
        _isHeadKnown = true;
        return _head;
    }

    private void ArmHead(byte[] key, Effects effects)
    {
        (_head, _isHeadKnown) = (key, true);
        effects.SetTimer(_timer, TransportKeys.RetiringAt(key));
    }

    /// <summary>A command goes to the partition of the execution it names; this one is no execution.</summary>
    private static string AddressIn(Term term)
    {
        for (var n = 0; ; n++)
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"retire.{n}");
            if (Forwarding.PartitionOf(id, term.Partitions) == term.Partition) return id;
        }
    }
}
