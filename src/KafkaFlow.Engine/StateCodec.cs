using System.Security.Cryptography;
using System.Text;

namespace KafkaFlow.Engine;

/// <summary>
/// Folded state as small keys, so that a change costs what it touches: <c>s/EXECUTION</c>, a zero byte, then <c>h</c>
/// (header), <c>w</c> (what the start fixed, workload included), <c>a</c> + activation, or <c>g</c> + <c>seq</c> of a
/// signal in big-endian. Values begin with the version of their layout.
/// </summary>
public static class StateCodec
{
    private const byte Header = (byte)'h';
    private const byte Start = (byte)'w';
    private const byte Activation = (byte)'a';
    private const byte Signal = (byte)'g';

    /// <summary>All keys of one execution start with this; a scan of it is what <see cref="Decode"/> reads.</summary>
    public static byte[] PrefixOf(string executionId) =>
        [(byte)'s', (byte)'/', .. Encoding.UTF8.GetBytes(executionId), 0];

    /// <summary>Keys to put (with their value) and to delete (null).</summary>
    public static IReadOnlyList<KeyValuePair<byte[], byte[]?>> Changes(ExecutionState? before, ExecutionState? after)
    {
        var changes = new List<KeyValuePair<byte[], byte[]?>>();
        if (ReferenceEquals(before, after)) return changes;
        var prefix = PrefixOf((after ?? before)!.ExecutionId);
        Put(changes, [.. prefix, Header], before, after, HeaderCodec.Write);
        Put(changes, [.. prefix, Start], before?.Start, after?.Start, HeaderCodec.Write);
        Compare(changes, before?.Activations ?? ExecutionState.NoActivations,
            after?.Activations ?? ExecutionState.NoActivations, id => KeyOf(prefix, id), ActivationCodec.Write);
        Compare(changes, before?.Signals ?? ExecutionState.NoSignals, after?.Signals ?? ExecutionState.NoSignals,
            seq => KeyOf(prefix, seq), Encoding.UTF8.GetBytes);
        return changes;
    }

    /// <returns>The state, or null if there are no entries.</returns>
    /// <exception cref="InvalidOperationException">A key or layout this version does not know.</exception>
    public static ExecutionState? Decode(IEnumerable<KeyValuePair<byte[], byte[]>> entries)
    {
        ExecutionState? state = null;
        StartInfo? start = null;
        var activations = ExecutionState.NoActivations.ToBuilder();
        var signals = ExecutionState.NoSignals.ToBuilder();
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
                case Signal:
                    signals.Add(System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(key.AsSpan(at + 1)),
                        Encoding.UTF8.GetString(value));
                    break;
                default: throw new InvalidOperationException($"state key {Shown(key)} is of an unknown kind");
            }
        }
        return state is null ? null : state with
        {
            Start = start,
            Activations = activations.ToImmutable(),
            Signals = signals.ToImmutable(),
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
                System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(length, part.Length);
                hash.AppendData(length);
                hash.AppendData(part);
            }
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Put<T>(List<KeyValuePair<byte[], byte[]?>> changes, byte[] key, T? before, T? after,
        Func<T, byte[]> write) where T : class
    {
        if (ReferenceEquals(before, after)) return;
        if (after is not null) changes.Add(new(key, write(after)));
        else changes.Add(new(key, null));
    }

    /// <summary>Both are sorted alike; what is one object in both has not changed.</summary>
    private static void Compare<TKey, TValue>(List<KeyValuePair<byte[], byte[]?>> changes,
        System.Collections.Immutable.ImmutableSortedDictionary<TKey, TValue> before,
        System.Collections.Immutable.ImmutableSortedDictionary<TKey, TValue> after,
        Func<TKey, byte[]> key, Func<TValue, byte[]> write) where TKey : notnull where TValue : class
    {
        if (ReferenceEquals(before, after)) return;
        foreach (var (id, value) in after)
            if (!before.TryGetValue(id, out var known) || !ReferenceEquals(known, value))
                changes.Add(new(key(id), write(value)));
        foreach (var (id, _) in before)
            if (!after.ContainsKey(id)) changes.Add(new(key(id), null));
    }

    private static byte[] KeyOf(byte[] prefix, string activation) =>
        [.. prefix, Activation, .. Encoding.UTF8.GetBytes(activation)];

    private static byte[] KeyOf(byte[] prefix, long seq)
    {
        var key = new byte[prefix.Length + 1 + sizeof(long)];
        prefix.CopyTo(key, 0);
        key[prefix.Length] = Signal;
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(key.AsSpan(prefix.Length + 1), seq);
        return key;
    }

    private static string Shown(byte[] key) => Encoding.Latin1.GetString(key).Replace('\0', ' ');
}
