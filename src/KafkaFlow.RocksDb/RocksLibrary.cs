using System.Runtime.InteropServices;

namespace KafkaFlow.RocksDb;

/// <summary>Finds the system's RocksDB. Debian 12 has librocksdb.so.7.8; other distributions' names are
/// probed.</summary>
internal static class RocksLibrary
{
    internal static readonly IReadOnlyList<string> Names =
    [
        "librocksdb.so.7.8", "librocksdb.so.7", "librocksdb.so.8.9", "librocksdb.so.8", "librocksdb.so.9.10",
        "librocksdb.so.9", "librocksdb.so.10.2", "librocksdb.so.10", "librocksdb.so", "librocksdb.dylib", "rocksdb.dll",
    ];

    private static readonly Lazy<nint> Loaded = new(() => Load(Names));

    static RocksLibrary() =>
        NativeLibrary.SetDllImportResolver(
            typeof(Native).Assembly, static (name, _, _) => name == Native.Library ? Loaded.Value : 0);

    /// <summary>Must precede the first call of <see cref="Native"/>: every public way in calls it.</summary>
    /// <exception cref="RocksDbException">The library is missing; the message says how to install it.</exception>
    internal static void EnsureLoaded() => _ = Loaded.Value;

    internal static nint Load(IReadOnlyList<string> names)
    {
        foreach (var name in names)
            if (NativeLibrary.TryLoad(name, out var library)) return library;
        throw new RocksDbException(
            "load the native library", null,
            $"none of {string.Join(", ", names)} could be loaded; on Debian 12: apt-get install librocksdb7.8");
    }
}
