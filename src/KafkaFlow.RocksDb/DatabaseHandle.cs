using System.Runtime.InteropServices;

namespace KafkaFlow.RocksDb;

/// <summary>
/// Owns the native database and what must die with it: options, read and write options, column family handles.
/// Iterators, snapshots and pinned values hold a counted reference, so that the native close waits for the last of
/// them, whatever the order in which they are disposed or finalised. Any thread.
/// </summary>
internal sealed class DatabaseHandle : SafeHandle
{
    private readonly nint _options;
    private readonly nint[] _writeOptions;
    private readonly List<nint> _families = [];

    internal DatabaseHandle(nint database, nint options)
        : base(0, ownsHandle: true)
    {
        _options = options;
        ReadOptions = Native.rocksdb_readoptions_create();
        _writeOptions =
        [
            NativeOptions.CreateWrite(new()), NativeOptions.CreateWrite(new(Sync: true)),
            NativeOptions.CreateWrite(new(DisableWal: true)),
        ];
        SetHandle(database);
        LiveHandles.Opened(HandleKind.Database);
    }

    public override bool IsInvalid => handle == 0;

    internal nint Options => _options;

    internal nint ReadOptions { get; }

    internal nint WriteOptionsFor(WriteOptions options) => options switch
    {
        { Sync: true, DisableWal: true } =>
            throw new ArgumentException("a write without write-ahead log cannot be synced: there is no log to sync"),
        { Sync: true } => _writeOptions[1],
        { DisableWal: true } => _writeOptions[2],
        _ => _writeOptions[0],
    };

    internal void Own(nint family)
    {
        lock (_families) _families.Add(family);
    }

    protected override bool ReleaseHandle()
    {
        foreach (var family in _families) Native.rocksdb_column_family_handle_destroy(family);
        Native.rocksdb_close(handle);
        Native.rocksdb_readoptions_destroy(ReadOptions);
        foreach (var options in _writeOptions) Native.rocksdb_writeoptions_destroy(options);
        Native.rocksdb_options_destroy(_options);
        LiveHandles.Closed(HandleKind.Database);
        return true;
    }
}
