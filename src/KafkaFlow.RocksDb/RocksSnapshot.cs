using System.Runtime.InteropServices;

namespace KafkaFlow.RocksDb;

/// <summary>The database as it was at one moment, for reads. Keeps old versions on disk until disposed.</summary>
public sealed class RocksSnapshot : SafeHandle
{
    private readonly nint _readOptions;

    internal RocksSnapshot(DatabaseHandle owner)
        : base(0, ownsHandle: true)
    {
        var taken = false;
        owner.DangerousAddRef(ref taken);
        Owner = owner;
        SetHandle(Native.rocksdb_create_snapshot(owner.DangerousGetHandle()));
        _readOptions = Native.rocksdb_readoptions_create();
        Native.rocksdb_readoptions_set_snapshot(_readOptions, handle);
        LiveHandles.Opened(HandleKind.Snapshot);
    }

    public override bool IsInvalid => handle == 0;

    internal DatabaseHandle Owner { get; }

    internal nint ReadOptions => _readOptions;

    protected override bool ReleaseHandle()
    {
        Native.rocksdb_readoptions_destroy(_readOptions);
        Native.rocksdb_release_snapshot(Owner.DangerousGetHandle(), handle);
        Owner.DangerousRelease();
        LiveHandles.Closed(HandleKind.Snapshot);
        return true;
    }
}
