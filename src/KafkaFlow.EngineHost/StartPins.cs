using System.Globalization;
using KafkaFlow.Contracts;
using KafkaFlow.Engine;
using KafkaFlow.Streams;

namespace KafkaFlow.EngineHost;

/// <summary>
/// Starts that name no version and hash, or one this instance has not read yet, wait in the store until
/// <c>start_resolved</c> comes; the resolver outside is asked once per term. For the owner's thread.
/// </summary>
internal sealed class StartPins(Term term, EngineParts parts)
{
    /// <param name="isLive">False at takeover, where what is still pending is asked for once, at its end.</param>
    public bool TryPutAside(Command command, InputRecord input, bool isLive, IStateView view, Effects effects)
    {
        if (command.EventType == CommandTypes.StartResolved
            && command is { OriginPartition: { } partition, OriginOffset: { } offset }
            && partition == term.Partition && IsResolutionOf(view.Get(TransportKeys.Pending(offset)), command))
            effects.Delete(TransportKeys.Pending(offset));
        if (IsPinned(command)) return false;
        var pending = new HeldCommand(input.Offset, input.TimestampMs, input.Value!);
        effects.Put(TransportKeys.Pending(input.Offset), pending.ToBytes());
        if (isLive) parts.Resolve(new UnresolvedStart(command, term.Partition, input.Offset));
        return true;
    }

    public IEnumerable<UnresolvedStart> Pending(IStateView view)
    {
        foreach (var (key, value) in view.Scan(TransportKeys.PendingPrefix))
        {
            var held = HeldCommand.Read(key, value);
            if (parts.Serdes.DecodeCommand(held.Value).Record is { } start)
                yield return new UnresolvedStart(start, term.Partition, held.Offset);
        }
    }

    public static string NotFoundText(Command start) => string.Create(
        CultureInfo.InvariantCulture,
        $"playbook {start.PlaybookPath}@{start.PlaybookVersion ?? "latest"} is not registered");

    /// <summary>Anybody can write a start_resolved: only one of the same request ends the waiting.</summary>
    private bool IsResolutionOf(ReadOnlyMemory<byte>? pending, Command resolved) =>
        pending is { } stored
        && parts.Serdes.DecodeCommand(HeldCommand.Read(TransportKeys.Number(0), stored.Span).Value).Record is { } asked
        && asked.ExecutionId == resolved.ExecutionId
        && StartRequest.HashOf(asked) == StartRequest.HashOf(resolved);

    /// <summary>Pinned: said to be unknown, or version and hash name an entry this instance knows.</summary>
    private bool IsPinned(Command command)
    {
        if (command is { EventType: CommandTypes.StartResolved, NotFound: true }) return true;
        return command is { PlaybookVersion: { } version, ContentHash: { } hash }
            && version != "latest"
            && parts.Catalog.Resolve(command.PlaybookPath!, version, hash)?.Graph is not null;
    }
}
