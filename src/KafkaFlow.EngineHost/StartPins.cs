using System.Globalization;
using KafkaFlow.Contracts;
using KafkaFlow.Streams;

namespace KafkaFlow.EngineHost;

/// <summary>
/// Starts that name no version and hash, or one this instance has not read yet, wait in the store until
/// <c>start_resolved</c> comes; the resolver outside is asked once per term. For the owner's thread.
/// </summary>
internal sealed class StartPins(Term term, EngineParts parts)
{
    public bool TryPutAside(Command command, InputRecord input, Effects effects)
    {
        if (command is { EventType: CommandTypes.StartResolved, OriginPartition: { } partition, OriginOffset: { } offset }
            && partition == term.Partition)
            effects.Delete(TransportKeys.Pending(offset));
        if (IsPinned(command)) return false;
        effects.Put(TransportKeys.Pending(input.Offset), new HeldCommand(input.Offset, input.TimestampMs, input.Value!).ToBytes());
        parts.Resolve(new UnresolvedStart(command, term.Partition, input.Offset));
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
        CultureInfo.InvariantCulture, $"playbook {start.PlaybookPath}@{start.PlaybookVersion ?? "latest"} is not registered");

    /// <summary>Pinned: said to be unknown, or version and hash name an entry this instance knows.</summary>
    private bool IsPinned(Command command)
    {
        if (command is { EventType: CommandTypes.StartResolved, NotFound: true }) return true;
        return command is { PlaybookVersion: { } version, ContentHash: { } hash }
            && version != "latest"
            && parts.Catalog.Resolve(command.PlaybookPath!, version, hash)?.Graph is not null;
    }
}
