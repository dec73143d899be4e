using System.Runtime.InteropServices;

namespace KafkaFlow.RocksDb;

/// <summary>An LRU cache of uncompressed blocks that several databases share. RocksDB counts its users: disposing it
/// while databases use it is safe, the memory goes with the last of them.</summary>
public sealed class BlockCache : SafeHandle
{
    public BlockCache(long capacityBytes)
        : base(0, ownsHandle: true)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacityBytes);
        RocksLibrary.EnsureLoaded();
        CapacityBytes = capacityBytes;
        SetHandle(Native.rocksdb_cache_create_lru((nuint)capacityBytes));
        LiveHandles.Opened(HandleKind.Cache);
    }

    public long CapacityBytes { get; }

    public long UsageBytes
    {
        get
        {
            using var lease = new Lease(this);
            return (long)Native.rocksdb_cache_get_usage(lease.Pointer);
        }
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        Native.rocksdb_cache_destroy(handle);
        LiveHandles.Closed(HandleKind.Cache);
        return true;
    }
}
