using System.Runtime.InteropServices;

namespace KafkaFlow.RocksDb;

/// <summary>Keeps a native object alive for one call, against a Dispose on another thread or the finaliser. Taking it
/// from a disposed object throws <see cref="ObjectDisposedException"/>.</summary>
internal readonly ref struct Lease
{
    private readonly SafeHandle _handle;

    public Lease(SafeHandle handle)
    {
        var taken = false;
        handle.DangerousAddRef(ref taken);
        _handle = handle;
    }

    public nint Pointer => _handle.DangerousGetHandle();

    public void Dispose() => _handle.DangerousRelease();
}
