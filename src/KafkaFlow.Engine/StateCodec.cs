using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace KafkaFlow.Engine;

/// <summary>
/// Folded state as small keys, so that a change costs what it touches: <c>s/EXECUTION</c>, a zero byte, then a letter:
/// <c>h</c> (header), <c>w</c> (what the start fixed, workload included), <c>a</c> + activation, <c>v</c> + step (its
/// visits), <c>i</c> + item, <c>g</c> + <c>seq</c> of a signal, <c>x</c> + variable, <c>p</c> + number of a patch.
/// Numbers are big-endian. Values begin with the version of their layout.
/// </summary>
public static class StateCodec
{
    private const byte Header = (byte)'h';
    private const byte Start = (byte)'w';
    private const byte Activation = (byte)'a';
    private const byte Step = (byte)'v';
    private const byte Item = (byte)'i';
    private const byte Signal = (byte)'g';
    private const byte Variable = (byte)'x';
    private const byte Patch = (byte)'p';

    private const int UsualChanges = 8;

    /// <summary>All keys of one execution start with this; a scan of it is what <see cref="Decode"/> reads.</summary>
    public static byte[] PrefixOf(string executionId) =>
        [(byte)'s', (byte)'/', .. Encoding.UTF8.GetBytes(executionId), 0];

    /// <summary>Keys to put (with their value) and to delete (null). Costs what has changed, not what there
    /// is.</summary>
    /// <param name="after">Follows from <paramref name="before"/> by one decision, or by facts folded one by
    /// one.</param>
    public static IReadOnlyList<KeyValuePair<byte[], byte[]?>> Changes(ExecutionState? before, ExecutionState? after)
    {
        var changes = new List<KeyValuePair<byte[], byte[]?>>(UsualChanges);
        if (ReferenceEquals(before, after)) return changes;
        var prefix = PrefixOf((after ?? before)!.ExecutionId);
        Put(changes, [.. prefix, Header], before, after, HeaderCodec.Write);
        Put(changes, [.. prefix, Start], before?.Start, after?.Start, HeaderCodec.Write);
        if (before is not null && after is { IsFinished: false }) Touched(changes, prefix, before, after);
        else All(changes, prefix, before ?? Empty(after!), after ?? Empty(before!));
        var was = before?.Patches.Count ?? 0;
        var now = after?.Patches.Count ?? 0;
        for (var i = was; i < now; i++)
            changes.Add(new(KeyOf(prefix, Patch, i), Encoding.UTF8.GetBytes(after!.Patches[i])));
        for (var i = now; i < was; i++) changes.Add(new(KeyOf(prefix, Patch, i), null));
        return changes;
    }

    /// <returns>The state, or null if there are no entries.</returns>
    /// <exception cref="InvalidOperationException">A key or layout this version does not know.</exception>
    public static ExecutionState? Decode(IEnumerable<KeyValuePair<byte[], byte[]>> entries)
    {
        ExecutionState? state = null;
        StartInfo? start = null;
        var activations = ExecutionState.NoActivations.ToBuilder();
        var steps = ExecutionState.NoSteps.ToBuilder();
        var items = ExecutionState.NoItems.ToBuilder();
        var signals = ExecutionState.NoSignals.ToBuilder();
        var vars = ExecutionState.NoVars.ToBuilder();
        var patches = new SortedDictionary<long, string>();
        foreach (var (key, value) in entries)
        {
            var at = Array.IndexOf(key, (byte)0) + 1;
            if (at == 0 || at == key.Length) throw new InvalidOperationException($"state key {Shown(key)} has no kind");
            switch (key[at])
            {
                case Header: state = HeaderCodec.ReadState(value); break;
                case Start: start = HeaderCodec.ReadStart(value); break;
                case Activation:
                    var activation = ActivationCodec.Read(value);
                    activations.Add(activation.Id, activation);
                    break;
                case Step: steps.Add(Name(key, at), VisitCodec.ReadVisits(value)); break;
                case Item: items.Add(Name(key, at), VisitCodec.ReadItem(value)); break;
                case Signal: signals.Add(Number(key, at), VisitCodec.ReadSignal(value)); break;
                case Variable: vars.Add(Name(key, at), Encoding.UTF8.GetString(value)); break;
                case Patch: patches.Add(Number(key, at), Encoding.UTF8.GetString(value)); break;
                default: throw new InvalidOperationException($"state key {Shown(key)} is of an unknown kind");
            }
        }
        return state is null ? null : state with
        {
            Start = start,
            Activations = activations.ToImmutable(),
            Steps = steps.ToImmutable(),
            Items = items.ToImmutable(),
            Signals = signals.ToImmutable(),
            Vars = vars.ToImmutable(),
            Patches = [.. patches.Values],
            Live = activations.Values.Count(step => step.IsLive),
        };
    }

    /// <summary>SHA-256 of the folded state, lower-case hex: equal exactly if every key and value is.</summary>
    public static string StateHash(ExecutionState state)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[4];
        var entries = Changes(null, state).OrderBy(entry => Convert.ToHexString(entry.Key), StringComparer.Ordinal);
        foreach (var (key, value) in entries)
        {
            foreach (var part in new[] { key, value! })
            {
                BinaryPrimitives.WriteInt32BigEndian(length, part.Length);
                hash.AppendData(length);
                hash.AppendData(part);
            }
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static ExecutionState Empty(ExecutionState like) => new()
    {
        ExecutionId = like.ExecutionId,
        StartHash = like.StartHash,
        Status = like.Status,
        LastSeq = 0,
        DecisionTime = like.DecisionTime,
        Partition = like.Partition,
    };

    /// <summary>By the keys that the facts have noted, each once.</summary>
    private static void Touched(List<KeyValuePair<byte[], byte[]?>> changes, byte[] prefix, ExecutionState before,
        ExecutionState after)
    {
        var seen = new HashSet<(TouchKind, string, long)>();
        for (var touch = after.Touched; touch is not null && !ReferenceEquals(touch, before.Touched);
            touch = touch.Previous)
        {
            if (!seen.Add((touch.Kind, touch.Key, touch.Seq))) continue;
            switch (touch.Kind)
            {
                case TouchKind.Activation:
                    Put(changes, KeyOf(prefix, Activation, touch.Key), before.Activations.GetValueOrDefault(touch.Key),
                        after.Activations.GetValueOrDefault(touch.Key), ActivationCodec.Write);
                    break;
                case TouchKind.Step:
                    Put(changes, KeyOf(prefix, Step, touch.Key), before.Steps.GetValueOrDefault(touch.Key),
                        after.Steps.GetValueOrDefault(touch.Key), VisitCodec.Write);
                    break;
                case TouchKind.Item:
                    Put(changes, KeyOf(prefix, Item, touch.Key), before.Items.GetValueOrDefault(touch.Key),
                        after.Items.GetValueOrDefault(touch.Key), VisitCodec.Write);
                    break;
                case TouchKind.Signal:
                    Put(changes, KeyOf(prefix, Signal, touch.Seq), before.Signals.GetValueOrDefault(touch.Seq),
                        after.Signals.GetValueOrDefault(touch.Seq), VisitCodec.Write);
                    break;
                default:
                    Put(changes, KeyOf(prefix, Variable, touch.Key), before.Vars.GetValueOrDefault(touch.Key),
                        after.Vars.GetValueOrDefault(touch.Key), Encoding.UTF8.GetBytes);
                    break;
            }
        }
    }

    private static void All(List<KeyValuePair<byte[], byte[]?>> changes, byte[] prefix, ExecutionState before,
        ExecutionState after)
    {
        Compare(changes, before.Activations, after.Activations, id => KeyOf(prefix, Activation, id),
            ActivationCodec.Write);
        Compare(changes, before.Steps, after.Steps, step => KeyOf(prefix, Step, step), VisitCodec.Write);
        Compare(changes, before.Items, after.Items, id => KeyOf(prefix, Item, id), VisitCodec.Write);
        Compare(changes, before.Signals, after.Signals, seq => KeyOf(prefix, Signal, seq), VisitCodec.Write);
        Compare(changes, before.Vars, after.Vars, name => KeyOf(prefix, Variable, name), Encoding.UTF8.GetBytes);
    }

    private static void Put<T>(List<KeyValuePair<byte[], byte[]?>> changes, byte[] key, T? before, T? after,
        Func<T, byte[]> write) where T : class
    {
        if (ReferenceEquals(before, after)) return;
        if (after is not null) changes.Add(new(key, write(after)));
        else changes.Add(new(key, null));
    }

    /// <summary>What is one object in both has not changed.</summary>
    private static void Compare<TKey, TValue>(List<KeyValuePair<byte[], byte[]?>> changes,
        ImmutableSortedDictionary<TKey, TValue> before, ImmutableSortedDictionary<TKey, TValue> after,
        Func<TKey, byte[]> key, Func<TValue, byte[]> write) where TKey : notnull where TValue : class
    {
        if (ReferenceEquals(before, after)) return;
        foreach (var (id, value) in after) Put(changes, key(id), before.GetValueOrDefault(id), value, write);
        foreach (var (id, _) in before)
            if (!after.ContainsKey(id)) changes.Add(new(key(id), null));
    }

    private static byte[] KeyOf(byte[] prefix, byte kind, string name) =>
        [.. prefix, kind, .. Encoding.UTF8.GetBytes(name)];

    private static byte[] KeyOf(byte[] prefix, byte kind, long number)
    {
        var key = new byte[prefix.Length + 1 + sizeof(long)];
        prefix.CopyTo(key, 0);
        key[prefix.Length] = kind;
        BinaryPrimitives.WriteInt64BigEndian(key.AsSpan(prefix.Length + 1), number);
        return key;
    }

    private static string Name(byte[] key, int at) => Encoding.UTF8.GetString(key.AsSpan(at + 1));

    private static long Number(byte[] key, int at) => BinaryPrimitives.ReadInt64BigEndian(key.AsSpan(at + 1));

    private static string Shown(byte[] key) => Encoding.Latin1.GetString(key).Replace('\0', ' ');
}
