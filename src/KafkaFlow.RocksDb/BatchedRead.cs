namespace KafkaFlow.RocksDb;

/// <summary>Reads many keys in one call, which RocksDB sorts and reads together.</summary>
internal static unsafe class BatchedRead
{
    internal static byte[]?[] Read(
        nint database, nint options, nint family, IReadOnlyList<byte[]> keys, string path)
    {
        if (keys.Count == 0) return [];
        var lengths = new nuint[keys.Count];
        var joined = new byte[keys.Sum(k => (long)k.Length) + 1];
        var starts = new nint[keys.Count];
        var slices = new nint[keys.Count];
        var errors = new nint[keys.Count];
        fixed (byte* all = joined)
        fixed (nuint* l = lengths)
        fixed (nint* k = starts, v = slices, e = errors)
        {
            var at = 0;
            for (var i = 0; i < keys.Count; i++)
            {
                keys[i].CopyTo(joined, at);
                starts[i] = (nint)(all + at);
                lengths[i] = (nuint)keys[i].Length;
                at += keys[i].Length;
            }
            Native.rocksdb_batched_multi_get_cf(
                database, options, family, (nuint)keys.Count, (byte**)k, l, v, (byte**)e, 0);
        }
        return Take(slices, errors, path);
    }

    private static byte[]?[] Take(nint[] slices, nint[] errors, string path)
    {
        var values = new byte[]?[slices.Length];
        string? failure = null;
        for (var i = 0; i < slices.Length; i++)
        {
            if (errors[i] != 0) failure = NativeError.Take((byte*)errors[i]);
            if (slices[i] == 0) continue;
            nuint length;
            var data = Native.rocksdb_pinnableslice_value(slices[i], &length);
            values[i] = new ReadOnlySpan<byte>(data, checked((int)length)).ToArray();
            Native.rocksdb_pinnableslice_destroy(slices[i]);
        }
        return failure is null ? values : throw new RocksDbException("read", path, failure);
    }
}
