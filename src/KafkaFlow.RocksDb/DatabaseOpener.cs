using System.Runtime.InteropServices;

namespace KafkaFlow.RocksDb;

/// <summary>Opens a database with all column families that it has or shall have.</summary>
internal static unsafe class DatabaseOpener
{
    internal const string DefaultFamily = "default";

    internal static (DatabaseHandle Handle, Dictionary<string, ColumnFamily> Families) Open(
        string path, RocksOptions options)
    {
        RocksLibrary.EnsureLoaded();
        options.Validate();
        if (File.Exists(path))
            throw new RocksDbException("open", path, "Invalid argument: a file is there, no directory");
        if (options.CreateIfMissing) Directory.CreateDirectory(path);
        var native = NativeOptions.Create(options);
        try
        {
            string[] names = [.. Existing(path, native).Union(options.ColumnFamilies, StringComparer.Ordinal)];
            var families = new nint[names.Length];
            var handle = new DatabaseHandle(Open(path, native, names, families), native);
            foreach (var family in families) handle.Own(family);
            return (handle, Enumerable.Range(0, names.Length).ToDictionary(
                i => names[i], i => new ColumnFamily(handle, names[i], families[i]), StringComparer.Ordinal));
        }
        catch (RocksDbException)
        {
            Native.rocksdb_options_destroy(native);
            throw;
        }
    }

    internal static void Destroy(string path)
    {
        RocksLibrary.EnsureLoaded();
        var native = NativeOptions.Create(new());
        try
        {
            using var text = new NativeText(path);
            byte* error = null;
            Native.rocksdb_destroy_db(native, text.Pointer, &error);
            NativeError.Check(error, "destroy the database", path);
        }
        finally
        {
            Native.rocksdb_options_destroy(native);
        }
    }

    private static nint Open(string path, nint native, string[] names, nint[] families)
    {
        using var text = new NativeText(path);
        var nameTexts = new nint[names.Length];
        try
        {
            for (var i = 0; i < names.Length; i++)
                nameTexts[i] = Marshal.StringToCoTaskMemUTF8(names[i]);
            var familyOptions = new nint[names.Length];
            Array.Fill(familyOptions, native);
            byte* error = null;
            nint database;
            fixed (nint* n = nameTexts, o = familyOptions, f = families)
                database = Native.rocksdb_open_column_families(
                    native, text.Pointer, names.Length, (byte**)n, o, f, &error);
            NativeError.Check(error, "open", path);
            return database;
        }
        finally
        {
            foreach (var name in nameTexts) Marshal.FreeCoTaskMem(name);
        }
    }

    private static List<string> Existing(string path, nint native)
    {
        // Only a database that exists has a CURRENT file; asking another one for its families is an error.
        if (!File.Exists(Path.Combine(path, "CURRENT"))) return [DefaultFamily];
        using var text = new NativeText(path);
        byte* error = null;
        nuint count;
        var names = Native.rocksdb_list_column_families(native, text.Pointer, &count, &error);
        NativeError.Check(error, "list the column families", path);
        var found = new List<string>();
        for (nuint i = 0; i < count; i++)
            found.Add(Marshal.PtrToStringUTF8((nint)names[i])!);
        Native.rocksdb_list_column_families_destroy(names, count);
        return found;
    }
}
