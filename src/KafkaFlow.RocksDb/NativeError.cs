using System.Runtime.InteropServices;

namespace KafkaFlow.RocksDb;

/// <summary>Turns the C API's error text into exceptions and frees it.</summary>
internal static unsafe class NativeError
{
    internal static void Check(byte* error, string operation, string? path)
    {
        if (error != null) Throw(error, operation, path);
    }

    private static void Throw(byte* error, string operation, string? path) =>
        throw new RocksDbException(operation, path, Take(error));

    internal static string Take(byte* text)
    {
        try
        {
            return Marshal.PtrToStringUTF8((nint)text) ?? "";
        }
        finally
        {
            Native.rocksdb_free(text);
        }
    }
}
