//! The certificates of the test servers, and TLS for those that the tests are themselves.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
};

/// A certificate and its key, both PEM.
pub struct Certificate {
    pub chain: String,
    pub key: String,
}

/// Who signs certificates.
pub struct Authority {
    /// Its own certificate, PEM.
    pub root: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        Authority { root, issuer }
    }

    /// Makes the certificate of a server on loopback.
    pub fn server(&self) -> Certificate {
        self.sign(CertificateParams::new(["127.0.0.1".to_owned()]).unwrap())
    }

    /// Makes the certificate of a user in a group.
    pub fn client(&self, name: &str, group: &str) -> Certificate {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params
            .distinguished_name
            .push(DnType::OrganizationName, group);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(params)
    }

    fn sign(&self, params: CertificateParams) -> Certificate {
        let key = KeyPair::generate().unwrap();
        let chain = params.signed_by(&key, &self.issuer).unwrap().pem();
        let key = key.serialize_pem();
        Certificate { chain, key }
    }
}
